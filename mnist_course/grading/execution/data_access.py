"""Give sandboxed code access to the data set."""

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
