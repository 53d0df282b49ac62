"""Compare the grading times of mnist-course, with 1 and 2 workers, and of nbgrader alone.

    python -m tools.bench_grading [SUBMISSIONS]

Each submission trains a small CNN on the sample of 5,000 images. All variants grade the same
submissions on this machine, one after the other. The times for 1,000 and 10,000 submissions are
extrapolated.
"""

import argparse
import copy
import csv
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat.v4 import new_notebook

from maintenance.demo_class import nbgrader_cell, notebook_bytes, region
from mnist_course.data.loading import load_mnist
from mnist_course.grading.assignments.release import student_notebook

ASSIGNMENT = "06-cnn"
WORKERS = (1, 2)
NBGRADER_ALONE = "nbgrader autograde"
KERNEL = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
IMPORTS = "import keras\nimport numpy as np\nfrom mnist_course import load_mnist"
TRAIN = """keras.utils.set_random_seed({seed})
(X_train, y_train), (X_test, y_test) = load_mnist()
X_train, X_test = X_train[..., None] / 255, X_test[..., None] / 255
model = keras.Sequential([
    keras.layers.Conv2D({filters}, 5, activation="relu"),
    keras.layers.MaxPooling2D(4),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=2, batch_size=100, verbose=0)"""
TEST = """predictions = model.predict(X_test, verbose=0).argmax(axis=1)
assert (predictions == y_test).mean() > 0.6"""


def main() -> None:
    """Grade with all variants and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("submissions", type=int, nargs="?", default=100)
    number = parser.parse_args().submissions
    load_mnist("sample")  # fills the cache that all variants use
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_class(folder, number)
        seconds = {NBGRADER_ALONE: grade_with_nbgrader(folder)}
        check_nbgrader_scores(folder / "nbgrader")
        parts = {}
        for workers in WORKERS:
            variant = f"mnist-course grade, {workers} worker{'s' * (workers > 1)}"
            seconds[variant] = grade_with_mnist_course(folder, workers)
            parts[workers] = mean_seconds_by_part(folder / f"results-{workers}", number)
    print_times(number, seconds)
    print_parts(parts[WORKERS[0]])
    print_extrapolation(number, seconds[variant], WORKERS[-1], parts[WORKERS[-1]])


def write_class(folder: Path, number: int) -> None:
    """Write the source notebook and the submissions."""
    train, tests = TRAIN.format(seed=0, filters=8), region(TEST, "HIDDEN TESTS")
    test = f"assert len(X_test) == 1000\n{tests}"
    source = new_notebook(
        metadata=KERNEL,
        cells=[
            nbgrader_cell("code", "imports", IMPORTS, locked=True),
            nbgrader_cell("code", "train", region(train, "SOLUTION"), solution=True),
            nbgrader_cell("code", "test-train", test, 5, grade=True),
        ],
    )
    (folder / "source").mkdir()
    nbformat.write(source, folder / "source" / f"{ASSIGNMENT}.ipynb")
    release = student_notebook(source)
    for seed in range(number):
        answered = copy.deepcopy(release)
        answered.cells[1].source = TRAIN.format(seed=seed, filters=8 + seed % 5)
        student = folder / "class" / f"student-{seed:05}"
        student.mkdir(parents=True)
        (student / f"{ASSIGNMENT}.ipynb").write_bytes(notebook_bytes(answered))


def grade_with_nbgrader(folder: Path) -> float:
    """Grade with nbgrader as documented and return the seconds."""
    course = folder / "nbgrader"
    (course / "source" / ASSIGNMENT).mkdir(parents=True)
    shutil.copy(folder / "source" / f"{ASSIGNMENT}.ipynb", course / "source" / ASSIGNMENT)
    for student in (folder / "class").iterdir():
        shutil.copytree(student, course / "submitted" / student.name / ASSIGNMENT)
    # With its defaults, nbgrader gives 0 points if TensorFlow logs to stderr, and stops slow cells.
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.IgnorePattern.enabled = True\nc.IgnorePattern.pattern = '.*'\n"
        "c.Execute.timeout = 300\n",
        encoding="utf-8",
    )
    run_command(course, "nbgrader", "generate_assignment", ASSIGNMENT)
    return run_command(course, "nbgrader", "autograde", ASSIGNMENT)


def check_nbgrader_scores(course: Path) -> None:
    """Check that nbgrader gave every submission full points."""
    run_command(course, "nbgrader", "export", "--to", "grades.csv")
    with (course / "grades.csv").open(encoding="utf-8") as file:
        assert all(float(row["score"]) == 5 for row in csv.DictReader(file))


def grade_with_mnist_course(folder: Path, workers: int) -> float:
    """Grade with mnist-course and return the seconds of the whole command."""
    command = ["mnist-course", "grade", "class", "--from", "source", "--data", "sample"]
    return run_command(folder, *command, "--out", f"results-{workers}", "--workers", str(workers))


def mean_seconds_by_part(results: Path, number: int) -> dict[str, float]:
    """Check that every submission got full points; return mean seconds for each part of grading."""
    with (results / f"{ASSIGNMENT}.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == number and all(row["score"] == "5" for row in rows), rows
    imports = work = 0.0
    for path in results.glob("autograded/*/*/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            seconds = cell_seconds(cell.metadata.get("execution", {}))
            if cell.source == IMPORTS:
                imports += seconds
            else:
                work += seconds
    total = sum(float(row["grading seconds"]) for row in rows)
    return {
        "process, kernel, sandbox": (total - imports - work) / number,
        "imports (TensorFlow, Keras)": imports / number,
        "submitted code and tests": work / number,
    }


def cell_seconds(timestamps: dict[str, str]) -> float:
    """Return the seconds between the first and last message of a cell."""
    times = [datetime.fromisoformat(text) for text in timestamps.values()]
    return (max(times) - min(times)).total_seconds() if times else 0.0


def run_command(folder: Path, *command: str) -> float:
    """Run a command and return its seconds; print its output only if it fails."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "MNIST_COURSE_DATA": "sample"}
    print(f"... {' '.join(command)}", file=sys.stderr, flush=True)
    started = time.monotonic()
    run = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{run.stdout[-2000:]}\n{run.stderr[-4000:]}")
    return time.monotonic() - started


def print_times(number: int, seconds: dict[str, float]) -> None:
    """Print the time of each variant."""
    baseline = seconds[NBGRADER_ALONE]
    print(f"\n{number} CNN submissions on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'':36} {'seconds':>8} {'each':>7} {'speedup':>8}")
    for variant, total in seconds.items():
        print(f"{variant:36} {total:8.1f} {total / number:7.2f} {baseline / total:8.2f}")


def print_parts(parts: dict[str, float]) -> None:
    """Print the mean time for each part of grading."""
    print(f"\nmean seconds for each submission, {WORKERS[0]} worker:")
    for part, seconds in parts.items():
        print(f"  {part:34} {seconds:6.2f}")


def print_extrapolation(number: int, seconds: float, workers: int, parts: dict[str, float]) -> None:
    """Print the extrapolated time for large classes, with a core for each worker."""
    each = sum(parts.values())
    fixed = max(0.0, seconds - number * each / workers)
    print(f"\nextrapolated hours, from {each:.2f} s for each submission and {fixed:.0f} s per run:")
    counts = (1, 2, 8, 32, 128)
    print(f"{'workers':>12}" + "".join(f"{count:>9}" for count in counts))
    for total in (1_000, 10_000):
        hours = ((fixed + total * each / count) / 3600 for count in counts)
        print(f"{total:>12,}" + "".join(f"{hour:9.2f}" for hour in hours))


if __name__ == "__main__":
    main()
