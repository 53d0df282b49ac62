"""A test set that logs every access."""

import hashlib

import numpy as np

# By content: a second object of the same images shares the log.
_access_logs: dict[str, list[str]] = {}


class HoldoutTestSet:
    """Hand out test images only on request, and log the purpose of each request (chapter 10).

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
        self._key = hashlib.sha256(np.ascontiguousarray(X_test)).hexdigest()

    def __repr__(self) -> str:
        return f"<{len(self._pair[1]):,} test images, opened {len(self.access_log)} times>"

    @property
    def access_log(self) -> list[str]:
        """Purposes for which these images were opened in this session, in order."""
        return list(_access_logs.get(self._key, []))

    def open(self, purpose: str) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels, and print whether this is the first access.

        Parameters
        ----------
        purpose
            What they are used for, in a few words.

        Raises
        ------
        ValueError
            If no purpose is given.
        """
        if not purpose.strip():
            raise ValueError("Say what the test set is opened for: open('the final network').")
        before = self.access_log
        _access_logs.setdefault(self._key, []).append(purpose)
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
