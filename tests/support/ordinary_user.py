"""Run a command as an ordinary user, when the tests run as root."""

from pathlib import Path

from mnist_course.grading.execution.isolation.bubblewrap import python_paths, read_only_mounts

USER = "1879048191"
REPOSITORY = Path(__file__).parents[2]


def ordinary_user_command(command: list[str]) -> list[str]:
    """Return the command line that runs a command as a user who owns nothing on this machine.

    The user sees the files of this machine, with the repository and Python readable, even if they
    lie below a private folder.
    """
    paths = [*python_paths(), REPOSITORY]
    view = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/"]
    for folder in {folder for path in paths for folder in path.parents if _is_private(folder)}:
        view += ["--perms", "0755", "--tmpfs", str(folder)]
    view += read_only_mounts(path for path in paths if any(map(_is_private, path.parents)))
    view += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--"]
    view += ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"]
    return [*view, *command]


def _is_private(folder: Path) -> bool:
    return not folder.stat().st_mode & 0o001
