"""Measure what each improvement and each plan costs, in turn; store it for lesson 15.

    MNIST_COURSE_DATA=full python -m tools.measure_plan_costs [--rounds 5]

In each round every network trains one epoch in turn, so that other load on the machine affects all
of them. Costs are reported relative to the guide's code in the same round. The machine should have
nothing else to do. Only training images are used.
"""

import argparse
import os

from maintenance.plan_costs import measure, networks, totals
from mnist_course.data.loading import load_mnist
from mnist_course.data.preparation import prepare
from mnist_course.data.provenance import require_full_mnist
from mnist_course.experiments.improvements import CANDIDATES, COMPARISON, PLANS
from mnist_course.experiments.records import write_record


def main() -> None:
    """Measure everything in turn, print the totals and store the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    data = load_mnist()
    require_full_mnist(data)
    (X, Y), _ = prepare(data)
    runs = measure(networks(), X, Y, rounds)
    results = {"runs": runs, "totals": totals(runs)}
    for name, costs in results["totals"].items():
        print(f"{name:32} {costs['cpu_seconds']:7.1f} CPU s, {costs['relative_cpu']:.2f} of guide")
    path = write_record(
        "plan_costs",
        description="CPU and wall seconds of improvements and plans, measured in turn",
        command="make bench",
        data=data,
        settings={
            "comparison": COMPARISON,
            "candidates": CANDIDATES,
            "plans": PLANS,
            "rounds": rounds,
            "cores": os.cpu_count(),
        },
        results=results,
    )
    print(f"Stored in {path}.")


if __name__ == "__main__":
    main()
