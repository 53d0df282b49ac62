"""The launcher trains with several processes, reports how a run ends, and leaves none running."""

import time

import numpy as np
import psutil
import pytest
import tensorflow as tf

from mnist_course.data.provenance import arrays_sha256
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training.distributed import launcher
from mnist_course.training.distributed.launcher import run_workers
from mnist_course.training.distributed.worker import (
    checkpoint_manager,
    new_worker_model,
    train_epochs,
)

# Lesson 20 runs two workers as well, and what it then prints of it is compared on any data set.
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def two_workers(digits, tmp_path_factory):
    """Train with two workers, one killed in the second epoch; then with two more that resume."""
    folder, before = tmp_path_factory.mktemp("two"), set(psutil.Process().children())
    messages = {"killed": [], "resumed": []}
    options = {"epochs": 2, "dropout": False, "timeout": 900}
    with pytest.raises(ChildProcessError) as failure:
        run_workers(
            *digits,
            folder,
            kill=(1, 6),
            try_fit=True,
            on_message=messages["killed"].append,
            **options,
        )
    left_running = set(psutil.Process().children()) - before
    checkpoints = sorted(file.name for file in (folder / "checkpoints").glob("*.index"))
    last = run_workers(*digits, folder, on_message=messages["resumed"].append, **options)
    left_running |= set(psutil.Process().children()) - before
    return messages | {
        "folder": folder,
        "failure": str(failure.value),
        "checkpoints": checkpoints,
        "last": last,
        "left_running": left_running,
    }


@pytest.fixture(scope="module")
def one_process(digits, tmp_path_factory):
    """Train in this process alone; return the model and the loss of each step."""
    messages, manager = [], checkpoint_manager(new_worker_model(), tmp_path_factory.mktemp("one"))
    strategy = tf.distribute.get_strategy()
    train_epochs(strategy, manager, *digits, epochs=2, dropout=False, report=messages.append)
    return manager.checkpoint.model, [message["loss"] for message in messages]


def losses(messages, worker):
    return {m["step"]: m["loss"] for m in messages if m["worker"] == worker and "step" in m}


@slow
def test_run_workers_killed_worker(two_workers):
    assert "Worker 1 was killed by SIGKILL after step 6" in two_workers["failure"]
    assert "continues from the last checkpoint" in two_workers["failure"]
    assert list(losses(two_workers["killed"], worker=0)) == [1, 2, 3, 4, 5, 6]
    assert two_workers["checkpoints"] == ["ckpt-1.index"]


@slow
def test_run_workers_leaves_no_process(two_workers):
    assert two_workers["left_running"] == set()


@slow
def test_run_workers_resumed(two_workers):
    epochs = [m["epochs_before"] for m in two_workers["resumed"] if "epochs_before" in m]
    assert epochs == [1, 1]
    before, after = (losses(two_workers[run], worker=1) for run in ("killed", "resumed"))
    assert list(after) == [5, 6, 7, 8]
    # Steps 5 and 6 were taken twice, from the same weights, state of Adam and images.
    assert [after[5], after[6]] == pytest.approx([before[5], before[6]], rel=1e-6)


@slow
def test_run_workers_equal_weights(two_workers):
    first, second = two_workers["last"]
    assert first["weights"] == second["weights"]
    resumed = two_workers["resumed"]
    assert losses(resumed, worker=0) == losses(resumed, worker=1)


@slow
def test_run_workers_equals_one_process(two_workers, one_process):
    model, expected = one_process
    shared = losses(two_workers["killed"], worker=0) | losses(two_workers["resumed"], worker=0)
    assert list(shared.values()) == pytest.approx(expected, rel=1e-4)
    restored = cnn_model()
    newest = tf.train.latest_checkpoint(two_workers["folder"] / "checkpoints")
    tf.train.Checkpoint(model=restored).restore(newest).expect_partial()
    assert arrays_sha256(restored.get_weights()) == two_workers["last"][0]["weights"]
    for ours, theirs in zip(restored.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


@slow
def test_fit_fails_under_strategy(two_workers):
    """Lesson 20 tells readers so: a Keras that can do it would change the lesson."""
    outcomes = [message["fit"] for message in two_workers["killed"] if "fit" in message]
    assert len(outcomes) == 2
    assert all("PerReplica:{...}) with an unsupported type" in text for text in outcomes), outcomes


# Shell scripts in place of workers show what the launcher does when something goes wrong.


@pytest.fixture
def run_scripts(monkeypatch, tmp_path):
    """Return a function that runs a line of shell in place of each worker."""

    def run(*lines):
        cases = "".join(f"*'\"index\": {i}'*) {line};;\n" for i, line in enumerate(lines))
        file = tmp_path / "worker"
        file.write_text(f'#!/bin/sh\ncase "$TF_CONFIG" in\n{cases}esac\n', encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setattr(launcher.sys, "executable", str(file))
        return run_workers([], [], tmp_path / "run", on_message=lambda message: None, timeout=5)

    others = psutil.Process().children()  # of tests that ran before in this process
    yield run
    assert set(psutil.Process().children()) <= set(others)


def test_run_workers_failing_worker(run_scripts):
    start = time.monotonic()
    with pytest.raises(
        ChildProcessError, match=r"Worker 1 was ended by an error after step 3"
    ) as error:
        run_scripts("exec sleep 100", """echo '{"step": 3}'; echo 'disk full' >&2; exit 2""")
    assert str(error.value).endswith("disk full")
    assert time.monotonic() - start < 60


def test_run_workers_timeout(run_scripts):
    with pytest.raises(TimeoutError, match="sent a message for 5 s, so all were stopped"):
        run_scripts("exec sleep 100", "exec sleep 100")


def test_run_workers_last_messages(run_scripts):
    line = """echo loading; echo '{"step": 8}'; echo '{"weights": "same"}'"""
    assert [message["weights"] for message in run_scripts(line, line)] == ["same", "same"]


def test_run_workers_addresses(run_scripts):
    line = """echo "{\\"config\\": $TF_CONFIG}\""""
    configs = [message["config"] for message in run_scripts(line, line)]
    addresses = configs[0]["cluster"]["worker"]
    assert configs[1]["cluster"]["worker"] == addresses and len(set(addresses)) == 2
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert [config["task"]["index"] for config in configs] == [0, 1]


def test_run_workers_checkpoints_of_other_images(run_scripts, tmp_path):
    run_scripts("true", "true")
    (tmp_path / "run" / "checkpoints").mkdir()
    run_scripts("true", "true")
    stored = (tmp_path / "run" / launcher.IMAGES).read_bytes()
    for images in (np.zeros(3), np.ones(3)):
        with pytest.raises(ValueError, match=r"(?s)training on other images.*What to do: "):
            run_workers(images, [], tmp_path / "run")
    assert (tmp_path / "run" / launcher.IMAGES).read_bytes() == stored


@pytest.mark.parametrize("version", [1, 2])
def test_run_workers_memory_limit_of_container(monkeypatch, tmp_path, version):
    stat = "anon 7\ninactive_file 200000000\nactive_file 100000000\n"
    files = {
        1: {"limit_in_bytes": "2000000000", "usage_in_bytes": "1900000000", "stat": stat},
        2: {"max": "2000000000\n", "current": "1900000000\n", "stat": stat},
    }
    folder = tmp_path / "memory" if version == 1 else tmp_path
    folder.mkdir(exist_ok=True)
    for name, text in files[version].items():
        (folder / f"memory.{name}").write_text(text, encoding="utf-8")
    monkeypatch.setattr(launcher, "CGROUP", tmp_path)
    assert launcher.free_memory_gb() == pytest.approx(0.4)
    with pytest.raises(MemoryError, match=r"about 1\.0 GB of memory; 0\.4 GB are free"):
        run_workers([], [], tmp_path / "run")


def test_free_memory_gb_container_without_limit(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text("max\n", encoding="utf-8")
    monkeypatch.setattr(launcher, "CGROUP", tmp_path)
    assert 0 < launcher.free_memory_gb() < 1e6
