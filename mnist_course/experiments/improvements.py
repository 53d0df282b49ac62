"""Measure each improvement on validation images, then two plans on the test set (lesson 15).

``python -m mnist_course.experiments.improvements`` (second half of ``make experiments``) trains on
the full set, in three stages; ``--stage`` runs one of them. Finished runs are kept in ``_build``,
so that an interrupted computation can continue.

- ``comparison`` adds each improvement alone to the guide's network, and leaves each alone out of
  the network with all of them: ``results/improvement_comparison.json``.
- ``candidates`` compares short plans: ``results/plan_candidates.json``. Both stages train without
  the last 10,000 training images and measure on those.
- ``test`` trains the two plans that were chosen from the candidates on all training images and
  measures on the test set: ``results/plans.json``.
"""

from mnist_course.experiments.records import RESULTS, read_record, write_record
from mnist_course.experiments.run_pool import finish_runs, load_data_once, run_stages
from mnist_course.models.improved_cnn import IMPROVEMENTS
from mnist_course.training.improved_run import train_and_test, train_and_validate
from mnist_course.training.settings import BATCH_SIZE

SEEDS = tuple(range(1, 11))
# Three seeds choose a plan, five measure it.
CANDIDATE_SEEDS, PLAN_SEEDS = SEEDS[:3], SEEDS[:5]
# Short runs with the guide's batches, to compare the improvements. Without an improvement, the
# network is the guide's.
COMPARISON = {"epochs": 3, "batch_size": BATCH_SIZE, "filters": (32, 32), "units": 128}
# Plans with all improvements. The short one may take no more CPU seconds than the guide's five
# epochs, the long one no more than 15 minutes on two cores that multiply bfloat16.
NARROW = {"batch_size": 128, "units": 128, "filters": (24, 32)}
WIDE = {**NARROW, "filters": (32, 64), "dtype": "mixed_bfloat16"}
CANDIDATES = {
    "4 epochs": {**NARROW, "epochs": 4},
    "5 epochs": {**NARROW, "epochs": 5},
    "wider, 4 epochs": {**WIDE, "epochs": 4},
    "wider, 5 epochs": {**WIDE, "epochs": 5},
}
# The short plan has the smallest mean validation error of the candidates. The settings of the long
# plan come from earlier runs on validation images; its epochs were meant to fill the time. Neither
# plan may be changed after the test stage has begun.
SHORT = "5 epochs"
PLANS = {
    "short": CANDIDATES[SHORT],
    "long": {
        **WIDE,
        "epochs": 40,
        "filters": (48, 96, 96),
        "max_lr": 0.005,
        "shift": 1.5,
        "ema_momentum": 0.998,
    },
}


def comparison_rows() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return kind of row, name of the changed improvement, and all improvements of the row."""
    rows = [("added", "nothing", ())]
    rows += [("added", name, (name,)) for name in IMPROVEMENTS]
    rows += [("left out", "nothing", IMPROVEMENTS)]
    rows += [
        ("left out", name, tuple(other for other in IMPROVEMENTS if other != name))
        for name in IMPROVEMENTS
    ]
    return rows


def planned_comparison() -> list[dict]:
    """Return the settings of the runs that compare improvements, seed by seed."""
    return [
        {**COMPARISON, "improvements": improvements, "seed": seed}
        for seed in SEEDS
        for _, _, improvements in comparison_rows()
    ]


def planned(plans: list[dict], seeds: tuple[int, ...]) -> list[dict]:
    """Return the settings of all runs of some plans, seed by seed."""
    return [{**plan, "seed": seed} for seed in seeds for plan in plans]


def run_comparison(processes: int) -> None:
    """Train all rows with ten seeds; store the record when all runs are finished."""
    runs = planned_comparison()
    finished = finish_runs("improvement_comparison", train_and_validate, runs, processes)
    _store(
        "improvement_comparison",
        "errors on images held out of the training set, with each improvement added alone to the "
        "guide's network or left out alone, ten seeds each",
        {"comparison": COMPARISON, "improvements": IMPROVEMENTS, "seeds": SEEDS},
        [{"settings": settings, **finished[settings]} for settings in runs],
    )


def run_candidates(processes: int) -> None:
    """Train all candidates with three seeds; store the record when all runs are finished."""
    runs = planned([*CANDIDATES.values()], CANDIDATE_SEEDS)
    finished = finish_runs("plan_candidates", train_and_validate, runs, processes)
    _store(
        "plan_candidates",
        "errors of short plans on images held out of the training set, three seeds each",
        {"candidates": CANDIDATES, "seeds": CANDIDATE_SEEDS},
        [{"settings": settings, **finished[settings]} for settings in runs],
    )


def run_test(processes: int) -> None:
    """Train the chosen plans with five seeds on all images, and measure on the test set.

    Raises
    ------
    ValueError
        If test errors of other plans are stored already: a plan that is chosen after looking at
        them has an error that is too small.
    """
    require_same_plans(PLANS)
    runs = planned([*PLANS.values()], PLAN_SEEDS)
    finished = finish_runs("plans", train_and_test, runs, processes)
    _store(
        "plans",
        "test errors of two plans that were fixed before, five seeds each",
        {"plans": PLANS, "seeds": PLAN_SEEDS},
        [{"settings": settings, **finished[settings]} for settings in runs],
    )


def require_same_plans(plans: dict) -> None:
    """Raise unless the stored test errors, if there are any, are those of these plans."""
    if not (RESULTS / "plans.json").exists():
        return
    stored = read_record("plans")["settings"]["plans"]
    for name, plan in plans.items():
        if stored[name] != {**plan, "filters": list(plan["filters"])}:
            raise ValueError(
                f"The test set was opened for another {name} plan: {stored[name]}.\nWhat to do: "
                "change the plan back. A plan chosen after that needs new test images."
            )


def _store(name: str, description: str, settings: dict, results: list[dict]) -> None:
    path = write_record(
        name,
        description=description,
        command="make experiments",
        data=load_data_once(),
        settings=settings,
        results=results,
    )
    print(f"Stored in {path}.")


STAGES = {"comparison": run_comparison, "candidates": run_candidates, "test": run_test}

if __name__ == "__main__":
    run_stages(__doc__.splitlines()[0], STAGES)
