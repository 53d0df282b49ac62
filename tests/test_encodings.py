"""Text files and the output of programs are read and written with a stated encoding.

Without one, Python takes that of the system, which is cp1252 on many Windows machines.
"""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("book/_ext", "maintenance", "mnist_course", "tests", "tools")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
# The position of the encoding among the arguments of each method of pathlib.Path.
POSITIONS = {"read_text": 0, "write_text": 1, "open": 2}
SUBPROCESS = {"run", "Popen", "check_output", "check_call", "call"}


def calls_without_encoding(source: str) -> list[int]:
    """Return the lines of calls that read or write text and name no encoding."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted(call.lineno for call in calls if _handles_text(call) and not _encoding(call))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _handles_text(call: ast.Call) -> bool:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    name = _name(call)
    if name in SUBPROCESS:
        return "text" in keywords
    if name in ("read_text", "write_text"):
        return True
    if name not in ("open", "fdopen"):
        return False
    # The mode: open(path, mode) and os.fdopen(number, mode), but path.open(mode).
    is_function = name == "fdopen" or isinstance(call.func, ast.Name)
    if not is_function and not isinstance(call.func.value, ast.Name | ast.BinOp | ast.Call):
        return False
    position = 1 if is_function else 0
    mode = keywords.get("mode") or (call.args[position : position + 1] or [None])[0]
    if mode is None:
        return is_function or not call.args
    if not isinstance(mode, ast.Constant):  # os.open, Image.open, a zip's member
        return False
    return "b" not in str(mode.value) and set(str(mode.value)) <= set("rwaxt+")


def _encoding(call: ast.Call) -> bool:
    if any(keyword.arg in ("encoding", None) for keyword in call.keywords):
        return True
    return len(call.args) > POSITIONS.get(_name(call), 99)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_text_is_read_and_written_with_an_encoding(path):
    assert calls_without_encoding(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "call",
    [
        "Path('a').read_text()",
        "path.write_text('x')",
        "open('a')",
        "open('a', 'w')",
        "os.fdopen(3)",
        "path.open('a')",
        "(folder / 'a').open()",
        "subprocess.run(command, text=True)",
    ],
)
def test_call_without_encoding_is_found(call):
    assert calls_without_encoding(call) == [1]


@pytest.mark.parametrize(
    "call",
    [
        "path.read_text('utf-8')",
        "path.write_text('x', encoding='utf-8')",
        "open('a', 'rb')",
        "os.fdopen(3, 'wb', buffering=0)",
        "path.open('wb')",
        "os.open(path, os.O_RDONLY)",
        "Image.open(file, formats=[name])",
        "subprocess.run(command, text=True, encoding='utf-8')",
        "subprocess.run(command)",
    ],
)
def test_call_with_encoding_or_bytes_passes(call):
    assert calls_without_encoding(call) == []


def test_line_ends_are_lf_in_every_text_file():
    """Also on Windows, where git would otherwise write others: hashes and scripts depend on it."""
    command = ["git", "ls-files", "--eol"]
    lines = subprocess.check_output(command, cwd=ROOT, text=True, encoding="utf-8").splitlines()
    assert len(lines) > 300
    ends = {line.partition("\t")[2]: line.split()[:3] for line in lines}
    wrong = {path for path, (index, _, _) in ends.items() if index in ("i/crlf", "i/mixed")}
    unset = {
        path for path, (_, _, how) in ends.items() if not how.startswith(("attr/t", "attr/-t"))
    }
    assert wrong == unset == set()
