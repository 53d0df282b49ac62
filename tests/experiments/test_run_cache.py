"""A run cache returns finished runs of the same settings and versions."""

from mnist_course.experiments.run_cache import RunCache


def test_run_cache_after_restart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    versions, settings = {"keras": "3.15.1"}, {"seed": 1, "rate": 0.1}
    RunCache("tries", versions).add(settings, {"error": 1.25})
    again = RunCache("tries", versions)
    assert {"rate": 0.1, "seed": 1} in again and again[settings] == {"error": 1.25}
    assert {"seed": 2, "rate": 0.1} not in again


def test_run_cache_other_versions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    RunCache("tries", {"keras": "3.15.1"}).add({"seed": 1}, {"error": 1.25})
    assert {"seed": 1} not in RunCache("tries", {"keras": "3.16.0"})
