"""Read and write tables as CSV."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from mnist_course.grading.submissions.atomic_write import write_atomically
from mnist_course.grading.submissions.printable import table_text
from mnist_course.grading.submissions.uploaded_files import UploadsError


def read_table(
    path: Path, columns: Iterable[str], optional: Iterable[str] = ()
) -> list[dict[str, str]]:
    """Read a CSV table that an instructor wrote, with commas or, as from Excel, semicolons.

    Optional columns that are missing are empty.

    Raises
    ------
    UploadsError
        It cannot be read, or a column is missing.
    """
    columns = list(columns)
    expected = f"Expected: a CSV table in UTF-8 with the columns {', '.join(columns)}."
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        delimiter = ";" if lines and ";" in lines[0] and "," not in lines[0] else ","
        rows = list(csv.DictReader(lines, delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UploadsError(f"{path} cannot be read: {error}\n{expected}") from error
    missing = [name for name in columns if rows and name not in rows[0]]
    if missing or not rows:
        raise UploadsError(f"{path} has no {', '.join(missing) or 'rows'}.\n{expected}")
    names = [*columns, *optional]
    return [{name: (row.get(name) or "").strip() for name in names} for row in rows]


def write_table(path: Path, columns: Iterable[str], rows: Iterable[dict]) -> None:
    """Write a table as CSV, with its header even without rows.

    No cell is a formula for a spreadsheet, because students choose names and file names.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    # With a byte order mark, Excel reads names as UTF-8; Moodle and Canvas accept it.
    write_atomically(path, text.getvalue().encode("utf-8-sig"))


def _cell(value: object) -> object:
    return table_text(value) if isinstance(value, str) else value
