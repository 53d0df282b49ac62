"""Curves that grow while the network trains (chapter 6)."""

import time

import ipywidgets
import keras
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from mnist_course.figures.explorer import with_widget
from mnist_course.figures.plots import PALETTE, draw_curves, png, show

# Seconds between two pictures and between two moves of the bar: drawing takes a tenth of a second
# from the training, and the eye needs no more.
PICTURE_EVERY = 2.0
BAR_EVERY = 0.2


class LiveCurves(keras.callbacks.Callback):
    """Draw loss and accuracy while ``fit`` trains, with a bar for the steps of the epoch.

    Pass it as ``model.fit(..., callbacks=[LiveCurves()])``. When training ends the finished curves
    stay as a figure. Training that is interrupted leaves the last picture.

    Attributes
    ----------
    epochs : list of dict
        What Keras reports at the end of each epoch, ``loss`` and ``val_loss`` for example.
    steps : dict of lists
        For each of Keras's figures its value after every step: the mean over the steps of the epoch
        so far. ``steps["epoch"]`` says where the step is, 0.5 in the middle of the first epoch.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Show the bar and an empty picture."""
        self.epochs: list[dict] = []
        self.steps: dict[str, list[float]] = {"epoch": []}
        self.epoch, self.first_epoch = 0, None
        self.started = self.pictured = self.moved = time.monotonic()
        self.bar = ipywidgets.IntProgress(max=self.params.get("steps") or 1)
        self.words = ipywidgets.Label("getting ready")
        self.image = ipywidgets.Image(format="png")
        self.box = ipywidgets.VBox([ipywidgets.HBox([self.bar, self.words]), self.image])
        display(with_widget(self.box, {"text/plain": "Curves that grow"}), raw=True)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Note which epoch this is: resumed training does not begin with the first."""
        self.epoch = epoch
        if self.first_epoch is None:
            self.first_epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Note the figures; move the bar and the curves when the eye can follow."""
        # A number of steps that was unknown shows itself in the first epoch.
        self.bar.max = max(self.bar.max, batch + 1)
        self.steps["epoch"].append(self.epoch + (batch + 1) / self.bar.max)
        for name, value in (logs or {}).items():
            self.steps.setdefault(name, []).append(float(value))
        now = time.monotonic()
        if len(self.steps["epoch"]) == 1:
            self.started = now  # the first step builds the network's program, which takes seconds
        if now - self.moved >= BAR_EVERY or batch + 1 == self.bar.max:
            self.moved = now
            self.bar.value = batch + 1
            self.words.value = self.progress(batch + 1)
        if now - self.pictured >= PICTURE_EVERY:
            self.image.value = png(self.picture())
            self.pictured = time.monotonic()

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Say why the bar stands still."""
        self.words.value = f"epoch {self.epoch + 1} of {self.params['epochs']}, validating"

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add a point to each curve."""
        self.epochs.append({name: float(value) for name, value in (logs or {}).items()})
        self.image.value = png(self.picture())
        self.pictured = time.monotonic()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Put the finished curves in the place of the moving ones."""
        self.box.close()
        history = self.history()
        if {"loss", "accuracy"} <= history.keys() and self.first_epoch == 0:
            show(*draw_curves(history))
        elif history:
            said = [f"{name} from {v[0]:.3f} to {v[-1]:.3f}" for name, v in history.items()]
            first, last = self.first_epoch + 1, self.first_epoch + len(self.epochs)
            show(self.picture(), f"Curves of epochs {first} to {last}: " + ", ".join(said) + ".")

    def history(self) -> dict[str, list[float]]:
        """Return the figures of the epochs so far by name, as ``History.history`` does."""
        names = dict.fromkeys(name for epoch in self.epochs for name in epoch)
        return {name: [epoch.get(name, float("nan")) for epoch in self.epochs] for name in names}

    def progress(self, step: int) -> str:
        """Say in words how far the training is."""
        done = len(self.steps["epoch"])
        to_do = (self.params["epochs"] - self.epoch) * self.bar.max - step
        said = [
            f"epoch {self.epoch + 1} of {self.params['epochs']}",
            f"step {step} of {self.bar.max}",
            f"loss {self.steps['loss'][-1]:.3f}",
        ]
        if "accuracy" in self.steps:
            said.append(f"accuracy {100 * self.steps['accuracy'][-1]:.1f} %")
        if done > 10:
            seconds = (time.monotonic() - self.started) / (done - 1) * to_do
            said.append(f"about {seconds:.0f} s left")
        return ", ".join(said)

    def picture(self) -> Figure:
        """Draw what is known now: a line through the steps, a point at the end of each epoch."""
        names = [name for name in ("loss", "accuracy") if name in self.steps]
        # Interactive, as in a notebook, matplotlib would keep every picture until the cell ends.
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
            # The first steps are far off; a scale that held them would flatten all the rest.
            settled = self.steps[name][20:] or self.steps[name]
            low, high = min(settled), max(settled)
            axis.set(title=name, xlabel="epoch", xlim=(self.first_epoch, self.params["epochs"]))
            axis.set_ylim((0, 1.1 * high) if name == "loss" else (low - 0.05, 1))
            if self.epochs:
                axis.legend()
        return figure
