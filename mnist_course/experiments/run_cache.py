"""Keep the finished runs of a long computation, so that an interrupted one can continue."""

import json
from pathlib import Path


class RunCache:
    """Store the finished runs of a long computation as JSON lines in ``_build``.

    Parameters
    ----------
    name
        Name of the computation, also that of its file.
    versions
        The ``versions`` of ``provenance``; runs with other versions are ignored.
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
        """Write a finished run to disk."""
        self.runs[_key(settings)] = run
        entry = {"versions": self.versions, "settings": settings, "run": run}
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def _key(settings: dict) -> str:
    return json.dumps(settings, sort_keys=True)
