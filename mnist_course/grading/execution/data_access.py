"""Give sandboxed code access to the data set."""

import os
from pathlib import Path

from mnist_course.data import cache


def data_access(data: str) -> tuple[dict[str, str], tuple[Path, ...]]:
    """Return the environment variables for `load_mnist`, and the files that it must read."""
    folder = cache.cache_folder().absolute()
    if data in ("full", "sample"):
        environment = {"MNIST_COURSE_DATA": data, "MNIST_COURSE_CACHE": str(folder)}
        return environment, (folder,) if folder.exists() else ()
    path = Path(data).expanduser().absolute()
    return {"MNIST_COURSE_DATA": str(path)}, (path,)


def data_name(option: str | None) -> str:
    """Return the data to grade with: that of an option, else of MNIST_COURSE_DATA, else the sample.

    A path is made absolute, because workers run in other folders.
    """
    data = option or os.environ.get("MNIST_COURSE_DATA") or "sample"
    return data if data in ("full", "sample") else str(Path(data).expanduser().absolute())
