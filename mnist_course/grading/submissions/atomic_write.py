"""Write a file completely or not at all."""

from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file, of which an interrupted run or a full disk leaves all or nothing."""
    temporary = path.with_name(f"{path.name}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
