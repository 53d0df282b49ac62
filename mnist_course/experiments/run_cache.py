"""Keep the finished runs of a long computation, so that an interrupted one can continue."""

import hashlib
import json
import warnings
from pathlib import Path

import mnist_course
from mnist_course.data.keras_settings import training_settings
from mnist_course.data.provenance import provenance

# The parts of the package whose code can change the result of a run.
PARTS = ("data", "models", "evaluation", "training", "experiments")


def run_conditions(data) -> dict:
    """Return what a run depends on beside its own settings.

    Parameters
    ----------
    data
        What ``load_mnist()`` returns.

    Returns
    -------
    dict
        ``provenance(data)``, the settings of Keras, and the SHA-256 of the package's code.
    """
    package, code = Path(mnist_course.__file__).parent, hashlib.sha256()
    for path in sorted(path for part in PARTS for path in (package / part).rglob("*.py")):
        code.update(path.read_bytes())
    return {**provenance(data), "keras": training_settings(), "code": code.hexdigest()}


class RunCache:
    """Store the finished runs of a long computation as JSON lines in ``_build``.

    Parameters
    ----------
    name
        Name of the computation, also that of its file.
    conditions
        What ``run_conditions`` returns; runs with other conditions are ignored.
    """

    def __init__(self, name: str, conditions: dict):
        self.path = Path("_build") / f"{name}.jsonl"
        self.path.parent.mkdir(exist_ok=True)
        self.conditions, self.runs = conditions, {}
        content = self.path.read_bytes() if self.path.exists() else b""
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                entry = json.loads(line)
                if entry["conditions"] == conditions:
                    self.runs[_key(entry["settings"])] = entry["run"]
            except (ValueError, KeyError, TypeError) as error:
                warnings.warn(
                    f"Line {number} of {self.path} is not a stored run and is ignored: {error!r}",
                    stacklevel=2,
                )
        if content and not content.endswith(b"\n"):
            # The computation was stopped while it wrote: the next run must not join that line.
            with self.path.open("ab") as file:
                file.write(b"\n")

    def __contains__(self, settings: dict) -> bool:
        return _key(settings) in self.runs

    def __getitem__(self, settings: dict):
        return self.runs[_key(settings)]

    def add(self, settings: dict, run) -> None:
        """Write a finished run to disk.

        Raises
        ------
        ValueError
            If a number of the run is not finite. It is not stored, so that the next start trains
            it again.
        """
        entry = {"conditions": self.conditions, "settings": settings, "run": run}
        try:
            line = json.dumps(entry, allow_nan=False)
        except ValueError as error:
            raise ValueError(
                f"The run with {settings} has results that are not finite (NaN or infinite): {run}."
                "\nWhat to do: check its settings, or leave it out; it was not stored."
            ) from error
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.runs[_key(settings)] = run


def _key(settings: dict) -> str:
    return json.dumps(settings, sort_keys=True)
