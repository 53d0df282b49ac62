"""Print how many mutants of each reference solution the exercises' checks refuse.

    python -m tools.mutate_exercises [SET ...] [--task TASK]

A survivor is a mutant with full points that is not listed as a right answer. The command fails if
there is one, or if a check ends in an error of its own.
"""

import argparse
import sys

from maintenance.exercise_verdicts import SOURCES
from maintenance.mutants import scores


def main() -> None:
    """Run all mutants of the chosen sets, print the scores, list the survivors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "sets", nargs="*", metavar="SET", help="such as 02 or project; by default all"
    )
    parser.add_argument("--task", help="only this task")
    arguments = parser.parse_args()
    failed = False
    print(f"{'':34} mutants  refused  when graded  right  survivors")
    for path in SOURCES:
        if arguments.sets and not any(path.stem.startswith(name) for name in arguments.sets):
            continue
        selected = [arguments.task] if arguments.task else None
        for task, score in scores(path, selected).items():
            print(
                f"{path.stem:12}  {task:20} {score.total:8} {len(score.killed):8} "
                f"{len(score.killed_when_graded):12} {len(score.equivalent):6} "
                f"{len(score.survivors):10}",
                flush=True,
            )
            for name in score.survivors:
                print(f"     full points: {name}")
            for name, message in score.raw.items():
                print(f"     the check itself fails: {name}: {message.splitlines()[0][:100]}")
            failed |= bool(score.survivors or score.raw)
    sys.exit(failed)


if __name__ == "__main__":
    main()
