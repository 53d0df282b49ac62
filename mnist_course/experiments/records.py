"""Read and write records: results of long computations with their data, settings and versions.

A command computes for minutes or hours and writes one small JSON file into
``mnist_course/results``; notebooks and pages read that file.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from mnist_course.data.provenance import provenance, record_fingerprint

RESULTS = Path(__file__).parents[1] / "results"


def read_record(name: str) -> dict:
    """Read a stored record and check that it was not edited.

    Parameters
    ----------
    name
        The record's name, ``"hyperparameters"`` for example.

    Returns
    -------
    dict
        ``description``, the ``command`` that computes it, ``data``, ``settings``, ``versions``,
        ``results``, and the ``fingerprint`` of all of these.

    Raises
    ------
    FileNotFoundError
        If there is no record of that name.
    ValueError
        If anything in it was changed after it was stored.
    """
    path = RESULTS / f"{name}.json"
    if not path.exists():
        existing = sorted(other.stem for other in RESULTS.glob("*.json"))
        raise FileNotFoundError(f"There is no record {name!r}. There are: {', '.join(existing)}.")
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["fingerprint"] != record_fingerprint(record):
        raise ValueError(
            f"The record {name!r} was edited: it does not match its fingerprint.\n"
            f"What to do: make it again with {record['command']}."
        )
    return record


def write_record(
    name: str,
    *,
    description: str,
    command: str,
    data,
    settings: dict,
    results,
    packages: Iterable[str] = (),
) -> Path:
    """Store results with their data, settings and versions; return the file's path.

    Parameters
    ----------
    name
        The record's name, also that of its file.
    description
        What the results are, in a sentence.
    command
        The command that computes them.
    data
        What ``load_mnist()`` returns.
    settings, results
        Any values that JSON can represent.
    packages
        Further packages whose versions are stored, as for ``provenance``.

    Raises
    ------
    ValueError
        If a number is not finite: a record without it would look complete.
    """
    record = {
        "description": description,
        "command": command,
        **provenance(data, packages),
        "settings": settings,
        "results": results,
    }
    # Converted to JSON types, so that a tuple and a list give the same fingerprint.
    record = json.loads(json.dumps(record, allow_nan=False))
    record["fingerprint"] = record_fingerprint(record)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(text + "\n", encoding="utf-8")
    return path
