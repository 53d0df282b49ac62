"""Results of long computations, stored with what they were computed from.

A command computes for minutes or hours and writes one small JSON file; notebooks and pages read it
and draw it. The files lie in ``mnist_course/results``.
"""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

from mnist_course._formats import DataError

RESULTS = Path(__file__).parent / "results"


def read_record(name: str) -> dict:
    """Read what a command stored.

    Parameters
    ----------
    name
        The record's name, ``"experiments"`` for example.

    Returns
    -------
    dict
        ``what`` it is, the ``command`` that makes it, ``data``, ``settings``, ``versions``, their
        ``fingerprint``, and ``results``.

    Raises
    ------
    FileNotFoundError
        If there is no record of that name.
    ValueError
        If data, settings or versions are not those that the results were stored with.
    """
    path = RESULTS / f"{name}.json"
    if not path.exists():
        there = sorted(other.stem for other in RESULTS.glob("*.json"))
        raise FileNotFoundError(f"There is no record {name!r}. There are: {', '.join(there)}.")
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["fingerprint"] != fingerprint(record):
        raise ValueError(
            f"The record {name!r} was changed by hand: its data, settings or versions are not "
            f"those that it was made with. Make it anew: {record['command']}"
        )
    return record


def write_record(name: str, *, what: str, command: str, data, settings: dict, results) -> Path:
    """Store results with what they were computed from; return the file's path.

    Parameters
    ----------
    name
        The record's name, also that of its file.
    what
        What the results are, in a sentence.
    command
        What to run to make them anew.
    data
        What ``load_mnist()`` returned.
    settings, results
        Anything that JSON can hold.
    """
    record = {"what": what, "command": command, **provenance(data), "settings": settings}
    # As JSON holds it, so that a tuple does not change the fingerprint.
    record = json.loads(json.dumps(record))
    record |= {"fingerprint": fingerprint(record), "results": results}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def provenance(data) -> dict:
    """Say what data and versions a computation used: the arrays' SHA-256 and the packages."""
    arrays = zip(("X_train", "y_train", "X_test", "y_test"), sum(map(tuple, data), ()), strict=True)
    return {
        "data": {
            "name": data.name,
            "sha256": {name: hashlib.sha256(a.tobytes()).hexdigest() for name, a in arrays},
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("keras", "numpy")}
        | {"tensorflow": _tensorflow_version()},
    }


def fingerprint(record: dict) -> str:
    """Hash a record's data, settings and versions (SHA-256 of their JSON, keys sorted)."""
    parts = {key: record[key] for key in ("data", "settings", "versions")}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def need_full(data) -> None:
    """Stop unless the data are the full MNIST.

    Raises
    ------
    DataError
        On any other set: what the book quotes is measured on the full one.
    """
    if data.name != "MNIST":
        raise DataError(
            f"This is measured on the full MNIST; the data at hand is {data.name}. "
            "Set MNIST_COURSE_DATA to 'full' (downloads it) or to the path of an mnist.npz."
        )


class Kept:
    """Finished runs of a long computation, kept in ``_build`` so that it can be cut off.

    Parameters
    ----------
    name
        Name of the computation.
    versions
        What ``provenance`` says: runs with other versions do not count.
    """

    def __init__(self, name: str, versions: dict):
        self.path = Path("_build") / f"{name}.jsonl"
        self.path.parent.mkdir(exist_ok=True)
        self.versions, self.runs = versions, {}
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            entry = json.loads(line)
            if entry["versions"] == versions:
                self.runs[_key(entry["settings"])] = entry["run"]

    def __contains__(self, settings: dict) -> bool:
        return _key(settings) in self.runs

    def __getitem__(self, settings: dict):
        return self.runs[_key(settings)]

    def add(self, settings: dict, run) -> None:
        """Keep a finished run, on disk before anything else happens."""
        self.runs[_key(settings)] = run
        entry = {"versions": self.versions, "settings": settings, "run": run}
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def _key(settings: dict) -> str:
    return json.dumps(settings, sort_keys=True)


def _tensorflow_version() -> str:
    # The CPU build is another distribution.
    import tensorflow

    return tensorflow.__version__
