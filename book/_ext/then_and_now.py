"""Define tables that compare the guide's figures of 2019 with those of the reference model.

Pages use them by name, such as ``{{ log_then_and_now }}``. Today's figures come from the record of
the reference model (``make model``); the guide's are quoted from it and never change.
"""

import json
from pathlib import Path

from _ext.substitutions import RECORD
from sphinx.application import Sphinx
from sphinx.config import Config

# The guide's five epochs: seconds, microseconds per image, then REPORTED, as Keras printed them.
GUIDE_LOG = (
    ("53", "891", "0.2253", "0.9347", "0.0688", "0.9798"),
    ("55", "909", "0.0687", "0.9790", "0.0459", "0.9846"),
    ("56", "931", "0.0491", "0.9852", "0.0417", "0.9860"),
    ("56", "927", "0.0401", "0.9876", "0.0412", "0.9867"),
    ("58", "961", "0.0336", "0.9896", "0.0386", "0.9873"),
)
GUIDE_ERROR = "1.27"

REPORTED = ("loss", "accuracy", "val_loss", "val_accuracy")


def log_table(record: dict) -> str:
    """Return a Markdown table of both runs' figures, two rows for each epoch."""
    today = record["histories"][0]
    lines = [
        "| Epoch | Run | " + " | ".join(f"`{name}`" for name in REPORTED) + " |",
        "| --- | --- |" + " ---: |" * len(REPORTED),
    ]
    for epoch, (_, _, *then) in enumerate(GUIDE_LOG):
        now = [f"{today[name][epoch]:.4f}" for name in REPORTED]
        lines.append(f"| {epoch + 1} | 2019 | " + " | ".join(then) + " |")
        lines.append(f"| {epoch + 1} | today | " + " | ".join(now) + " |")
    return "\n".join(lines)


def errors_table(record: dict) -> str:
    """Return a Markdown table of the test errors: the guide, each seed of today, their mean."""
    lines = ["| Run | Test error |", "| --- | ---: |", f"| the guide of 2019 | {GUIDE_ERROR} % |"]
    for number, (seed, error) in enumerate(zip(record["seeds"], record["errors"], strict=True)):
        kept = ", the committed network" if number == 0 else ""
        lines.append(f"| today, seed {seed}{kept} | {error:.2f} % |")
    lines.append(
        f"| **mean of today's {len(record['errors'])}** | **{record['mean_error']:.2f} %** |"
    )
    return "\n".join(lines)


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Add the tables to the substitutions."""
    record = json.loads((Path(app.srcdir) / RECORD).read_text(encoding="utf-8"))
    config.myst_substitutions = config.myst_substitutions | {
        "log_then_and_now": log_table(record),
        "errors_then_and_now": errors_table(record),
        "guide_error": GUIDE_ERROR,
        "guide_seconds": str(sum(int(seconds) for seconds, *_ in GUIDE_LOG)),
        "guide_us_per_image": GUIDE_LOG[0][1],
        "guide_ms_per_step": f"{int(GUIDE_LOG[0][1]) * record['batch_size'] / 1000:.0f}",
    }


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    # After `substitutions` (priority 500), which sets the substitutions.
    app.connect("config-inited", add_substitutions, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
