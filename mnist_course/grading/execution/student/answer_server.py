"""Answer the tests' requests in the student's process: send values, and call functions.

The tests run in another process. Nothing that this process sends is executed there, so student
code that changes this module can only send other values.
"""

import random
import socket
import sys

from mnist_course.grading.execution.exchange.peer import Peer

# The code of a test cell in the student's process, in place of the tests.
SERVE = f"__import__({__name__!r}, fromlist=['serve']).serve(globals())"

_peer: Peer | None = None


def use_socket(descriptor: int) -> None:
    """Use an inherited socket, which is connected to the tester process."""
    global _peer
    _peer = Peer(socket.socket(fileno=descriptor), use_seed=seed_generators)


def serve(namespace: dict) -> None:
    """Answer requests until a test cell has finished.

    Parameters
    ----------
    namespace : dict
        The global variables of the notebook.
    """
    _peer.serve(namespace)


def seed_generators(seed: int) -> None:
    """Seed the global random number generators of Python, NumPy and Keras, if loaded.

    Parameters
    ----------
    seed : int
        0 to 2**32 - 1.
    """
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed)
