"""Keep a test set that logs every access."""

import hashlib

import numpy as np

# By hash of the images: a second object with the same images shares the log.
_access_logs: dict[str, list[str]] = {}


class HoldoutTestSet:
    """Return test images only on request, and log the purpose of each request (lesson 15).

    Parameters
    ----------
    X_test, y_test
        Test images and their labels, arrays of the same length.

    Raises
    ------
    ValueError
        If the numbers of images and labels differ.
    """

    def __init__(self, X_test: np.ndarray, y_test: np.ndarray):
        if len(X_test) != len(y_test):
            raise ValueError(
                f"Images and labels should be equally many, not {len(X_test)} and {len(y_test)}. "
                "Pass the images and the labels of the same test set."
            )
        self._pair = X_test, y_test
        self._key = hashlib.sha256(np.ascontiguousarray(X_test)).hexdigest()

    def __repr__(self) -> str:
        return f"<{len(self._pair[1]):,} test images, opened {len(self.access_log)} times>"

    @property
    def access_log(self) -> list[str]:
        """Return the purposes for which these images were opened in this session, in order."""
        return list(_access_logs.get(self._key, []))

    def open(self, purpose: str) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels, and print whether they were opened before.

        Parameters
        ----------
        purpose
            What they are used for, in a few words.

        Returns
        -------
        tuple of numpy.ndarray
            Images and labels, as they were passed to the constructor.

        Raises
        ------
        ValueError
            If the purpose is empty.
        """
        if not purpose.strip():
            raise ValueError(
                "The purpose is empty. Name what the test set is used for: open('final network')."
            )
        before = self.access_log
        _access_logs.setdefault(self._key, []).append(purpose)
        if not before:
            print(f"The test set is opened for the first time: {purpose}.")
        else:
            print(
                f"The test set is opened again: {purpose}.\n"
                f"It was opened before for {'; '.join(before)}.\n"
                "If a choice was made since then, the error measured now is biased:\n"
                "expect a larger error on new images."
            )
        return self._pair
