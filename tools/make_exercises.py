"""Make the students' notebooks out of the exercises' sources (``make exercises``)."""

from pathlib import Path

import nbformat

from mnist_course.grading.release import student_notebook

FOLDER = Path(__file__).parent.parent / "notebooks" / "exercises"


def main() -> None:
    """Write a student's notebook beside each source."""
    for path in sorted(FOLDER.glob("[0-9]*.ipynb")):
        target = FOLDER / "student" / path.name
        target.parent.mkdir(exist_ok=True)
        nbformat.write(student_notebook(nbformat.read(path, as_version=4)), target)
        print(f"{target.relative_to(FOLDER.parent.parent)} made from {path.name}")


if __name__ == "__main__":
    main()
