"""Define the directive ``{watch-it-learn}``: readers train the network in the page.

The build writes the files of that page into ``_static/trainer``: the code, the sample's digits with
the code of the worker, and the curves of a stored run for readers without JavaScript. The digits
are a classic script, because a page opened from disk cannot load other files; it is loaded when the
reader presses *Train*.

A lesson's link to a run has the settings in its title, so that it leads to a file in the repository
as well: ``[Watch it learn](../book/watch-it-learn.md "?hidden=no")``. In the built book the
settings are added to the address.
"""

import base64
import contextlib
import io
import zlib
from pathlib import Path

import numpy as np
from _ext.pad import write_data
from docutils import nodes
from matplotlib.figure import Figure
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from mnist_course.data.loading import DataError, load_mnist
from mnist_course.experiments.records import read_record
from mnist_course.pad.bundle import (
    pad_style_sheet,
    trainer_script,
    trainer_style_sheet,
    worker_script,
)

FOLDER = "_static/trainer"
PAGE = "book/watch-it-learn"
RECORD = "page_training"

STORED_RUN = """\
<img src="{folder}/run.png" width="800" height="300" alt="{alt}">"""

NOSCRIPT = """\
<noscript>
<p>Here you could train the network yourself. This needs JavaScript, which is switched off in your
browser. The figure shows a stored run of this page with the guide's settings.</p>
{figure}
</noscript>"""


class WatchItLearn(SphinxDirective):
    """Put the training into a page."""

    def run(self) -> list[nodes.Node]:
        """Return the element that the script fills."""
        alt = describe_run(read_record(RECORD)["results"]["run"])
        if self.env.app.builder.name == "singlehtml":  # the page for print, in the top folder
            return [nodes.raw("", STORED_RUN.format(folder=FOLDER, alt=alt), format="html")]
        up = "../" * self.env.docname.count("/")
        noscript = NOSCRIPT.format(figure=STORED_RUN.format(folder=f"{up}{FOLDER}", alt=alt))
        link = f"{up}notebooks/LESSON.html"
        html = f'<div class="watch-it-learn" data-link="{link}">{noscript}</div>'
        self.env.metadata[self.env.docname]["watch_it_learn"] = True
        return [nodes.raw("", html, format="html")]


class LinksToRuns(SphinxPostTransform):
    """Add the settings of a run to the address of a link whose title they are."""

    default_priority = 8  # before MyST resolves the links (9)
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Resolve these links, except in the page for print, where pages have no addresses."""
        if self.app.builder.name == "singlehtml":
            return
        for node in list(self.document.findall(pending_xref)):
            query = node.get("title", "")
            if node.get("reftarget") == PAGE and query.startswith("?"):
                address = self.app.builder.get_relative_uri(self.env.docname, PAGE) + query
                text = node[0].deepcopy()
                node.replace_self(nodes.reference("", "", text, internal=True, refuri=address))


def describe_run(run: dict) -> str:
    """Describe a run's curves in words."""
    first, last = run["epochs"][0], run["epochs"][-1]
    return (
        f"Two curves over {len(run['epochs'])} epochs. The loss falls from {run['losses'][0]:.2f} "
        f"in the first step to {last['loss']:.3f} in the last epoch, the error on held-out digits "
        f"from {first['heldOutError']:.1f} % after the first epoch to {last['heldOutError']:.1f} %."
    )


def draw_run(run: dict) -> Figure:
    """Draw a run's loss and errors, 800 x 300 pixels."""
    figure = Figure(figsize=(8, 3), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [epoch["number"] for epoch in run["epochs"]]
    steps = np.arange(1, len(run["losses"]) + 1) * len(epochs) / len(run["losses"])
    left.semilogy(steps, run["losses"], linewidth=0.8, label="each step")
    left.semilogy(
        np.array(epochs) - 0.5, [epoch["loss"] for epoch in run["epochs"]], label="mean of an epoch"
    )
    left.set(xlabel="epochs", ylabel="loss")
    right.plot(epochs, [epoch["trainingError"] for epoch in run["epochs"]], label="training digits")
    right.plot(epochs, [epoch["heldOutError"] for epoch in run["epochs"]], label="held-out digits")
    right.set(xlabel="epochs", ylabel="error in %", ylim=(0, None))
    for axes in (left, right):
        axes.legend()
    return figure


def pack_digits() -> dict[str, str]:
    """Return the 4,000 training digits of the sample and its 1,000 others, for the page."""
    with contextlib.redirect_stdout(io.StringIO()):
        (X, y), (X_test, y_test) = load_mnist("sample")
    pixels = np.concatenate([X, X_test]).tobytes()
    return {
        "data": base64.b64encode(zlib.compress(pixels, 9)).decode(),
        "labels": "".join(map(str, np.concatenate([y, y_test]))),
    }


def write_files(app: Sphinx) -> None:
    """Write the files that the page loads."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    try:
        digits = pack_digits()
    except DataError as error:
        raise ExtensionError(f"Watch it learn cannot be built: {error}") from error
    write_data(target, "digits", **digits, code=worker_script())
    (target / "train.js").write_text(trainer_script(), encoding="utf-8")
    style = pad_style_sheet() + trainer_style_sheet()
    (target / "train.css").write_text(style, encoding="utf-8")
    draw_run(read_record(RECORD)["results"]["run"]).savefig(target / "run.png")


def add_substitutions(app: Sphinx, config: Config) -> None:
    """Define the substitutions for the measured figures of the page."""
    results = read_record(RECORD)["results"]
    config.myst_substitutions = config.myst_substitutions | substitutions(results)


def substitutions(results: dict) -> dict[str, str]:
    """Return the errors and CPU seconds of page and Keras, formatted for the page."""
    texts = {}
    for name in ("page", "keras"):
        errors = results["errors"][name]
        texts[f"{name}_training_errors"] = ", ".join(f"{error:.1f}" for error in errors)
        texts[f"{name}_training_error"] = f"{np.mean(errors):.1f}"
        texts[f"{name}_epoch_seconds"] = f"{np.median(results['cpu_seconds'][name]):.1f}"
    low, high = results["difference_interval"]
    return texts | {
        "page_training_runs": str(len(results["errors"]["page"])),
        "training_error_difference": f"{results['difference']:+.1f}".replace("-", "−"),
        "training_error_interval": f"{low:+.1f} to {high:+.1f}".replace("-", "−"),
    }


def add_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Add script and style sheet to the page."""
    if "watch_it_learn" in app.env.metadata.get(pagename, {}):
        app.add_css_file("trainer/train.css")
        app.add_js_file("trainer/train.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.add_directive("watch-it-learn", WatchItLearn)
    app.add_post_transform(LinksToRuns)
    # After `substitutions` (priority 500), which sets the substitutions.
    app.connect("config-inited", add_substitutions, priority=600)
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_assets)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
