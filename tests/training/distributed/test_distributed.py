"""Training by two real processes: held to one process, and going on after one was killed."""

import time

import numpy as np
import psutil
import pytest
import tensorflow as tf

from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import arrays_sha256
from mnist_course.evaluation.metrics import log_loss
from mnist_course.models.guide_cnn import cnn_model
from mnist_course.training.distributed import launcher
from mnist_course.training.distributed.launcher import run_workers
from mnist_course.training.distributed.worker import (
    checkpoint_manager,
    epoch_batches,
    make_worker_step,
    new_worker_model,
    train_epochs,
)
from mnist_course.training.settings import BATCH_SIZE

STEPS = 4  # in an epoch
ALONE = tf.distribute.get_strategy()
# Chapter 12 trains so as well, and what it then prints of it is compared on any data set.
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def digits():
    (X_train, y_train), test = load_mnist("sample")
    n = STEPS * BATCH_SIZE
    return prepare(((X_train[:n], y_train[:n]), test))[0]


@pytest.fixture(scope="module")
def two(digits, tmp_path_factory):
    """Two workers, one killed in the second epoch; then two more that go on."""
    folder = tmp_path_factory.mktemp("two")
    seen = {"killed": [], "resumed": []}
    options = {"epochs": 2, "dropout": False, "timeout": 900}
    with pytest.raises(ChildProcessError) as failure:
        run_workers(
            *digits, folder, kill=(1, 6), try_fit=True, on_message=seen["killed"].append, **options
        )
    left = sorted(file.name for file in (folder / "checkpoints").glob("*.index"))
    at_end = run_workers(*digits, folder, on_message=seen["resumed"].append, **options)
    return {"folder": folder, "failure": str(failure.value), "left": left, "end": at_end} | seen


@pytest.fixture(scope="module")
def one(digits, tmp_path_factory):
    """The same training by this process alone."""
    seen, manager = [], checkpoint_manager(new_worker_model(), tmp_path_factory.mktemp("one"))
    train_epochs(ALONE, manager, *digits, epochs=2, dropout=False, report=seen.append)
    return manager.checkpoint.model, [message["loss"] for message in seen]


def losses(messages, worker):
    return {m["step"]: m["loss"] for m in messages if m["worker"] == worker and "step" in m}


@slow
def test_a_killed_worker_ends_the_run_with_words_that_say_what_to_do(two):
    assert "Worker 1 was killed by SIGKILL after step 6" in two["failure"]
    assert "continues from the last checkpoint" in two["failure"]
    assert list(losses(two["killed"], worker=0)) == [1, 2, 3, 4, 5, 6]
    assert two["left"] == ["ckpt-1.index"]


@slow
def test_no_worker_is_left_running(two):
    words = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert not any("mnist_course.training.distributed.worker" in line for line in words)


@slow
def test_training_goes_on_where_the_checkpoint_was_written(two):
    assert [m["epochs_before"] for m in two["resumed"] if "epochs_before" in m] == [1, 1]
    before, after = losses(two["killed"], worker=1), losses(two["resumed"], worker=1)
    assert list(after) == [5, 6, 7, 8]
    # Steps 5 and 6 were taken twice, from the same weights, Adam's memory and images.
    assert [after[5], after[6]] == pytest.approx([before[5], before[6]], rel=1e-6)


@slow
def test_both_workers_end_with_equal_weights(two):
    first, second = two["end"]
    assert first["weights"] == second["weights"]
    assert losses(two["resumed"], worker=0) == losses(two["resumed"], worker=1)


@slow
def test_two_workers_do_what_one_process_does(two, one):
    model, alone = one
    shared = {**losses(two["killed"], worker=0), **losses(two["resumed"], worker=0)}
    assert list(shared.values()) == pytest.approx(alone, rel=1e-4)
    other = cnn_model()
    newest = tf.train.latest_checkpoint(two["folder"] / "checkpoints")
    tf.train.Checkpoint(model=other).restore(newest).expect_partial()
    assert arrays_sha256(other.get_weights()) == two["end"][0]["weights"]
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


@slow
def test_fit_still_fails_under_the_strategy_as_the_chapter_says(two):
    said = [message["fit"] for message in two["killed"] if "fit" in message]
    assert len(said) == 2
    assert all("PerReplica:{...}) with an unsupported type" in words for words in said), said


def test_the_reported_loss_is_the_mean_cross_entropy_of_the_batch(digits):
    (images, labels), *_ = epoch_batches(*digits, BATCH_SIZE, seed=0)
    model = new_worker_model()
    expected = log_loss(labels.numpy().argmax(axis=1), model.predict(images, verbose=0))
    loss = float(make_worker_step(ALONE, model, BATCH_SIZE, dropout=False)(images, labels))
    assert loss == pytest.approx(expected, rel=1e-5)


def test_every_worker_cuts_the_same_batches_and_each_image_once(digits):
    X = np.arange(len(digits[0]) + 10, dtype="float32")  # an image stands for its place
    cut = []
    for seed in (3, 3, 4):
        batches = epoch_batches(X, X, BATCH_SIZE, seed)
        cut.append(np.array([images for images, _ in batches]))
    assert np.array_equal(cut[0], cut[1]) and not np.array_equal(cut[0], cut[2])
    assert cut[0].shape == (STEPS, BATCH_SIZE)  # the ten that are too few for a batch are left out
    assert len(np.unique(cut[0])) == STEPS * BATCH_SIZE


def test_a_checkpoint_brings_back_adam_and_the_luck_of_dropout(digits, tmp_path):
    X, y = digits[0][:300], digits[1][:300]
    whole = checkpoint_manager(new_worker_model(), tmp_path / "whole")
    train_epochs(ALONE, whole, X, y, epochs=2, report=lambda message: None)
    pieces = checkpoint_manager(new_worker_model(), tmp_path / "pieces")
    train_epochs(ALONE, pieces, X, y, epochs=1, report=lambda message: None)
    resumed = checkpoint_manager(new_worker_model(seed=7), tmp_path / "pieces")
    resumed.checkpoint.restore(resumed.latest_checkpoint).assert_existing_objects_matched()
    train_epochs(ALONE, resumed, X, y, epochs=2, report=lambda message: None)
    ours, theirs = (m.checkpoint.model.get_weights() for m in (resumed, whole))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


# Workers that are shell scripts show what the launcher does when things go wrong.


@pytest.fixture
def scripts(monkeypatch, tmp_path):
    """Let a line of shell stand for each worker, by its place in the launcher."""

    def write(*lines):
        cases = "".join(f"*'\"index\": {i}'*) {line};;\n" for i, line in enumerate(lines))
        file = tmp_path / "worker"
        file.write_text(f'#!/bin/sh\ncase "$TF_CONFIG" in\n{cases}esac\n')
        file.chmod(0o755)
        monkeypatch.setattr(launcher.sys, "executable", str(file))
        return run_workers([], [], tmp_path / "run", on_message=lambda message: None, timeout=5)

    others = psutil.Process().children()  # of tests that ran before in this process
    yield write
    assert set(psutil.Process().children()) <= set(others)


def test_one_that_fails_ends_the_other(scripts):
    start = time.monotonic()
    with pytest.raises(
        ChildProcessError, match=r"Worker 1 was ended by an error after step 3"
    ) as e:
        scripts("exec sleep 100", """echo '{"step": 3}'; echo 'disk full' >&2; exit 2""")
    assert str(e.value).endswith("disk full")
    assert time.monotonic() - start < 20


def test_workers_that_say_nothing_are_ended(scripts):
    with pytest.raises(TimeoutError, match="sent a message for 5 s, so all were stopped"):
        scripts("exec sleep 100", "exec sleep 100")


def test_what_both_say_last_comes_back_and_other_lines_do_not_matter(scripts):
    line = """echo loading; echo '{"step": 8}'; echo '{"weights": "same"}'"""
    assert [said["weights"] for said in scripts(line, line)] == ["same", "same"]


def test_workers_meet_on_this_machine_each_on_a_port_of_its_own(scripts):
    line = """echo "{\\"config\\": $TF_CONFIG}\""""
    said = [worker["config"] for worker in scripts(line, line)]
    places = said[0]["cluster"]["worker"]
    assert said[1]["cluster"]["worker"] == places and len(set(places)) == 2
    assert all(place.startswith("127.0.0.1:") for place in places)
    assert [worker["task"]["index"] for worker in said] == [0, 1]


@pytest.mark.parametrize("version", [1, 2])
def test_too_little_memory_in_a_container_is_said_before_anything_starts(
    monkeypatch, tmp_path, version
):
    stat = "anon 7\ninactive_file 200000000\nactive_file 100000000\n"
    files = {
        1: {"limit_in_bytes": "2000000000", "usage_in_bytes": "1900000000", "stat": stat},
        2: {"max": "2000000000\n", "current": "1900000000\n", "stat": stat},
    }
    place = tmp_path / "memory" if version == 1 else tmp_path
    place.mkdir(exist_ok=True)
    for name, text in files[version].items():
        (place / f"memory.{name}").write_text(text)
    monkeypatch.setattr(launcher, "CGROUP", tmp_path)
    assert launcher.free_memory_gb() == pytest.approx(0.4)
    with pytest.raises(MemoryError, match=r"about 1\.0 GB of memory; 0\.4 GB are free"):
        run_workers([], [], tmp_path / "run")


def test_a_container_without_a_limit_has_what_the_machine_has(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text("max\n")
    monkeypatch.setattr(launcher, "CGROUP", tmp_path)
    assert 0 < launcher.free_memory_gb() < 1e6


def test_starting_workers_needs_no_tensorflow_here():
    import subprocess
    import sys

    code = (
        "import sys, mnist_course.training.distributed.launcher;"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
