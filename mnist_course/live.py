"""Curves that grow while the network trains (chapter 6)."""

import ipywidgets
import keras
from IPython.display import display

from mnist_course.plots import draw_curves, png, show
from mnist_course.widgets import with_widget


class LiveCurves(keras.callbacks.Callback):
    """Draw loss and accuracy while ``fit`` trains, with a bar for the steps of the epoch.

    Pass it as ``model.fit(..., callbacks=[LiveCurves()])``. When training ends the finished curves
    stay as a figure.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Show the bar and an empty picture."""
        self.epochs: list[dict] = []
        self.bar = ipywidgets.IntProgress(max=self.params["steps"] or 1)
        self.words = ipywidgets.Label()
        self.image = ipywidgets.Image(format="png")
        self.box = ipywidgets.VBox([ipywidgets.HBox([self.bar, self.words]), self.image])
        display(with_widget(self.box, {"text/plain": "Training"}), raw=True)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Move the bar; every tenth step is often enough for the eye."""
        if batch % 10 == 0 or batch + 1 == self.bar.max:
            self.bar.value = batch + 1
            self.words.value = (
                f"epoch {len(self.epochs) + 1} of {self.params['epochs']}, "
                f"step {batch + 1} of {self.bar.max}, loss {logs['loss']:.3f}"
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add a point to each curve."""
        self.epochs.append(dict(logs))
        figure, _ = draw_curves(self.history())
        self.image.value = png(figure)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Put the finished curves in the place of the moving ones."""
        self.box.close()
        if self.epochs:
            show(*draw_curves(self.history()))

    def history(self) -> dict[str, list[float]]:
        """Return the figures so far by name, as ``History.history`` does."""
        return {name: [epoch[name] for epoch in self.epochs] for name in self.epochs[0]}
