"""Make this process lack modules that Windows lacks; import it before anything else."""

import sys

import psutil  # noqa: F401  (imports `resource` itself, on Linux alone)

for name in ("fcntl", "resource"):
    sys.modules[name] = None
