"""Write the students' notebooks, or the solutions, from the exercises' sources.

    python -m tools.make_exercises [--solutions FOLDER]

``make exercises`` writes the students' notebooks into ``notebooks/exercises/student``, where Binder
and Colab open them; ``make solutions`` writes the solutions into ``_build/solutions``.
"""

import argparse
from pathlib import Path

import nbformat

from book._ext.exercise_sources import source_paths
from mnist_course.grading.assignments.release import solution_notebook, student_notebook

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Write one notebook for each source."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--solutions", type=Path, metavar="FOLDER", help="write the solutions, into this folder"
    )
    solutions = parser.parse_args().solutions
    folder, make = (
        (solutions, solution_notebook)
        if solutions
        else (ROOT / "notebooks/exercises/student", student_notebook)
    )
    folder.mkdir(parents=True, exist_ok=True)
    for path in source_paths(ROOT):
        nbformat.write(make(nbformat.read(path, as_version=4)), folder / path.name)
        print(f"{folder.name}/{path.name} made from its source")


if __name__ == "__main__":
    main()
