"""Measure grading: real CNN submissions with 1 and 2 sandboxed workers beside stock nbgrader.

Every submission trains a small CNN on the 5,000-image sample. All runs are made here, one after
the other, on the same submissions; then 1,000 and 10,000 are projected over workers.

Usage: python tools/bench_grading.py [NUMBER OF SUBMISSIONS]
"""

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

from maintenance.demo_class import as_bytes, cell, wrap
from mnist_course.data.loading import load_mnist
from mnist_course.grading.assignments.sources import read_sources

EXERCISE = "06-cnn"
WORKERS = (1, 2)
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
TEST = "guess = model.predict(X_test, verbose=0).argmax(axis=1)\nassert (guess == y_test).mean() > "


def main(number: int) -> None:
    """Run everything and print the tables."""
    load_mnist("sample")  # into the course's cache, for all runs alike
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, number)
        seconds = {"stock nbgrader autograde": stock(folder)}
        check(folder / "stock")
        parts = {}
        for workers in WORKERS:
            what = f"mnist-course grade, {workers} sandboxed worker{'s' * (workers > 1)}"
            seconds[what] = ours(folder, workers)
            parts[workers] = check_ours(folder / f"results-{workers}", number)
        report(number, seconds)
        start_up(parts[1])
        project(number, seconds[what], WORKERS[-1], parts[WORKERS[-1]])


def prepare(folder: Path, number: int) -> None:
    """Write the source, and what the class hands in."""
    train = TRAIN.format(seed=0, filters=8)
    hidden = wrap(f"{TEST}0.6", "HIDDEN TESTS")
    source = new_notebook(
        metadata=KERNEL,
        cells=[
            cell("code", "imports", IMPORTS, locked=True),
            cell("code", "train", wrap(train, "SOLUTION"), solution=True),
            cell("code", "test-train", f"assert len(X_test) == 1000\n{hidden}", 5, grade=True),
        ],
    )
    (folder / "source").mkdir()
    nbformat.write(source, folder / "source" / f"{EXERCISE}.ipynb")
    release = read_sources(folder / "source")[EXERCISE].released()
    for seed in range(number):
        work = copy.deepcopy(release)
        work.cells[1].source = TRAIN.format(seed=seed, filters=8 + seed % 5)
        student = folder / "class" / f"student-{seed:05}"
        student.mkdir(parents=True)
        (student / f"{EXERCISE}.ipynb").write_bytes(as_bytes(work))


def stock(folder: Path) -> float:
    """Grade with nbgrader alone, as its documentation says; return the seconds."""
    course = folder / "stock"
    (course / "source" / EXERCISE).mkdir(parents=True)
    shutil.copy(folder / "source" / f"{EXERCISE}.ipynb", course / "source" / EXERCISE)
    for student in (folder / "class").iterdir():
        shutil.copytree(student, course / "submitted" / student.name / EXERCISE)
    # Without these two lines stock nbgrader gives 0 points for TensorFlow's log, or stops.
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.IgnorePattern.enabled = True\nc.IgnorePattern.pattern = '.*'\n"
        "c.Execute.timeout = 300\n"
    )
    run(course, "nbgrader", "generate_assignment", EXERCISE)
    return run(course, "nbgrader", "autograde", EXERCISE)


def check(course: Path) -> None:
    """Make sure that stock nbgrader did the work: full points for every submission."""
    run(course, "nbgrader", "export", "--to", "grades.csv")
    with (course / "grades.csv").open() as file:
        assert all(float(row["score"]) == 5 for row in csv.DictReader(file))


def ours(folder: Path, workers: int) -> float:
    """Grade with this package; return the seconds from the command to its end."""
    grade = ["mnist-course", "grade", "class", "--from", "source", "--data", "sample"]
    return run(folder, *grade, "--out", f"results-{workers}", "--workers", str(workers))


def check_ours(results: Path, number: int) -> dict[str, float]:
    """Make sure that the work was done; return the mean seconds of its parts."""
    with (results / f"{EXERCISE}.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == number and all(row["score"] == "5" for row in rows), rows
    parts = {"imports (TensorFlow, Keras)": 0.0, "the student's work and the tests": 0.0}
    total = sum(float(row["seconds to grade"]) for row in rows)
    for path in results.glob("autograded/*/*/*.ipynb"):
        for each in nbformat.read(path, as_version=4).cells:
            part = list(parts)[each.source != IMPORTS]
            parts[part] += spent(each.metadata.get("execution", {}))
    rest = total - sum(parts.values())
    return {"process, kernel, sandbox, probes": rest / number} | {
        part: value / number for part, value in parts.items()
    }


def spent(times: dict) -> float:
    """Return the seconds between a cell's first and last message."""
    moments = [datetime.fromisoformat(text) for text in times.values()]
    return (max(moments) - min(moments)).total_seconds() if moments else 0.0


def run(folder: Path, *command: str) -> float:
    """Run a command quietly and return its seconds; show what it said where it fails."""
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join([scripts, os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "MNIST_COURSE_DATA": "sample"}
    print(f"... {' '.join(command)}", file=sys.stderr, flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return time.monotonic() - began


def report(number: int, seconds: dict[str, float]) -> None:
    """Print how long each way took."""
    base = seconds["stock nbgrader autograde"]
    print(f"\n{number} CNN submissions on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'':46} {'seconds':>8} {'each':>7} {'times stock':>12}")
    for what, spent_seconds in seconds.items():
        each, faster = spent_seconds / number, base / spent_seconds
        print(f"{what:46} {spent_seconds:8.1f} {each:7.2f} {faster:12.2f}")


def start_up(parts: dict[str, float]) -> None:
    """Print what one submission pays for what, with one worker."""
    print("\nseconds that one submission takes, with 1 worker:")
    for what, value in parts.items():
        print(f"  {what:42} {value:6.2f}")


def project(number: int, seconds: float, workers: int, parts: dict[str, float]) -> None:
    """Print how long large classes would take, if every worker has a core of its own."""
    each = sum(parts.values())
    once = max(0.0, seconds - number * each / workers)
    print(f"\nprojected hours, at {each:.2f} s a submission and {once:.0f} s to start and to end:")
    counts = (1, 2, 8, 32, 128)
    print(f"{'workers':>12}" + "".join(f"{count:>9}" for count in counts))
    for total in (1_000, 10_000):
        hours = ((once + total * each / count) / 3600 for count in counts)
        print(f"{total:>12,}" + "".join(f"{hour:9.2f}" for hour in hours))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
