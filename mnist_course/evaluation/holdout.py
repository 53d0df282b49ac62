"""Chapter 10: a test set that remembers when it was opened."""

import hashlib

import numpy as np

# By content: a second object of the same images does not close what was opened.
_openings: dict[str, list[str]] = {}


class SealedTestSet:
    """Keep test images closed until they are asked for, and count how often (chapter 10).

    Parameters
    ----------
    X_test, y_test
        Test images and their labels, arrays of the same length.

    Raises
    ------
    ValueError
        If images and labels are not equally many.
    """

    def __init__(self, X_test: np.ndarray, y_test: np.ndarray):
        if len(X_test) != len(y_test):
            raise ValueError(
                f"Images and labels should be equally many, not {len(X_test)} and {len(y_test)}. "
                "Do both come from the test set?"
            )
        self._pair = X_test, y_test
        self._name = hashlib.sha256(np.ascontiguousarray(X_test)).hexdigest()

    def __repr__(self) -> str:
        return f"<{len(self._pair[1]):,} test images, opened {len(self.openings)} times>"

    @property
    def openings(self) -> list[str]:
        """What these images were opened for in this session, in order."""
        return list(_openings.get(self._name, []))

    def open(self, purpose: str) -> tuple[np.ndarray, np.ndarray]:
        """Hand out images and labels, and say whether it is the first time.

        Parameters
        ----------
        purpose
            What they are opened for, in a few words.

        Raises
        ------
        ValueError
            If no purpose is given.
        """
        if not purpose.strip():
            raise ValueError("Say what the test set is opened for: open('the final network').")
        before = self.openings
        _openings.setdefault(self._name, []).append(purpose)
        if not before:
            print(f"The test set is opened for the first time: {purpose}.")
        else:
            print(
                f"The test set is opened again: {purpose}.\n"
                f"It was opened before for {'; '.join(before)}.\n"
                "Whatever was changed since, the error measured now has been chosen with its "
                "help\nand is too kind."
            )
        return self._pair
