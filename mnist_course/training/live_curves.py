"""Draw loss and accuracy curves during training (lesson 6)."""

import time

import ipywidgets
import keras
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.figures.display import png, show, with_widget
from mnist_course.figures.drawing import draw_curves
from mnist_course.figures.style import PALETTE

# Seconds between two drawings of the curves and between two updates of the progress bar: a drawing
# takes a tenth of a second of training time.
DRAW_INTERVAL = 2.0
BAR_INTERVAL = 0.2


class LiveCurves(keras.callbacks.Callback):
    """Draw loss and accuracy during ``fit``, with a progress bar for the steps of the epoch.

    Pass it as ``model.fit(..., callbacks=[LiveCurves()])``. At the end of training the final curves
    replace the widget as a figure. If training is interrupted, the last drawing stays.

    Attributes
    ----------
    epochs : list of dict
        The metrics of each epoch, for example ``loss`` and ``val_loss``.
    steps : dict of lists
        For each metric its value after every step: the mean over the steps of the epoch so far.
        ``steps["epoch"]`` is the position of each step in epochs, 0.5 in the middle of the first.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Show the progress bar and an empty image."""
        self.epochs: list[dict] = []
        self.steps: dict[str, list[float]] = {"epoch": []}
        self.epoch, self.first_epoch = 0, None
        self.started = self.last_drawn = self.last_bar_update = time.monotonic()
        self.bar = ipywidgets.IntProgress(max=self.params.get("steps") or 1)
        self.status = ipywidgets.Label("starting")
        self.image = ipywidgets.Image(format="png")
        self.box = ipywidgets.VBox([ipywidgets.HBox([self.bar, self.status]), self.image])
        display(with_widget(self.box, {"text/plain": "Loss and accuracy by step"}), raw=True)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Store the epoch's number: resumed training does not begin with the first."""
        self.epoch = epoch
        if self.first_epoch is None:
            self.first_epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Store the metrics; update bar and curves if their interval has passed."""
        # If the number of steps is unknown, it grows during the first epoch.
        self.bar.max = max(self.bar.max, batch + 1)
        self.steps["epoch"].append(self.epoch + (batch + 1) / self.bar.max)
        for name, value in (logs or {}).items():
            self.steps.setdefault(name, []).append(float(value))
        now = time.monotonic()
        if len(self.steps["epoch"]) == 1:
            self.started = now  # the first step also compiles the model, which takes seconds
        if now - self.last_bar_update >= BAR_INTERVAL or batch + 1 == self.bar.max:
            self.last_bar_update = now
            self.bar.value = batch + 1
            self.status.value = self.progress(batch + 1)
        if now - self.last_drawn >= DRAW_INTERVAL:
            self.image.value = png(self.draw())
            self.last_drawn = time.monotonic()

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Show that validation is running, during which the bar does not move."""
        self.status.value = f"epoch {self.epoch + 1} of {self.params['epochs']}, validating"

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add a point to each curve."""
        self.epochs.append({name: float(value) for name, value in (logs or {}).items()})
        self.image.value = png(self.draw())
        self.last_drawn = time.monotonic()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Replace the widget by a figure of the final curves."""
        self.box.close()
        history = self.history()
        if {"loss", "accuracy"} <= history.keys() and self.first_epoch == 0:
            show(*draw_curves(history))
        elif history:
            ranges = [f"{name} from {v[0]:.3f} to {v[-1]:.3f}" for name, v in history.items()]
            first, last = self.first_epoch + 1, self.first_epoch + len(self.epochs)
            show(self.draw(), f"Curves of epochs {first} to {last}: " + ", ".join(ranges) + ".")

    def history(self) -> dict[str, list[float]]:
        """Return each metric's values by epoch, like ``History.history``."""
        names = dict.fromkeys(name for epoch in self.epochs for name in epoch)
        return {name: [epoch.get(name, float("nan")) for epoch in self.epochs] for name in names}

    def progress(self, step: int) -> str:
        """Return the progress as text: epoch, step, metrics and the time left."""
        done = len(self.steps["epoch"])
        remaining = (self.params["epochs"] - self.epoch) * self.bar.max - step
        parts = [
            f"epoch {self.epoch + 1} of {self.params['epochs']}",
            f"step {step} of {self.bar.max}",
            f"loss {self.steps['loss'][-1]:.3f}",
        ]
        if "accuracy" in self.steps:
            parts.append(f"accuracy {100 * self.steps['accuracy'][-1]:.1f} %")
        if done > 10:
            seconds = (time.monotonic() - self.started) / (done - 1) * remaining
            parts.append(f"about {seconds:.0f} s left")
        return ", ".join(parts)

    def draw(self) -> Figure:
        """Draw the curves so far: a line through the steps, a point at the end of each epoch."""
        names = [name for name in ("loss", "accuracy") if name in self.steps]
        # In interactive mode, as in a notebook, matplotlib keeps every figure until the cell ends.
        with plt.ioff():
            figure, axes = plt.subplots(1, len(names), figsize=(7, 2.8), squeeze=False)
        ends = [self.first_epoch + i + 1 for i in range(len(self.epochs))]
        history = self.history()
        for axis, name in zip(axes.flat, names, strict=True):
            axis.plot(self.steps["epoch"], self.steps[name], color=PALETTE[0], linewidth=0.8)
            for key, label, marker, colour in (
                (name, "training", "o", PALETTE[0]),
                (f"val_{name}", "validation", "s", PALETTE[1]),
            ):
                if key in history:
                    axis.plot(ends, history[key], marker, color=colour, label=label)
            # The first steps are left out of the scale, because with them all others look flat.
            settled = self.steps[name][20:] or self.steps[name]
            low, high = min(settled), max(settled)
            axis.set(title=name, xlabel="epoch", xlim=(self.first_epoch, self.params["epochs"]))
            axis.set_ylim((0, 1.1 * high) if name == "loss" else (low - 0.05, 1))
            if self.epochs:
                axis.legend()
        return figure
