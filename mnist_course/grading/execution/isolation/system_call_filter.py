"""Make the list of system calls that student code may not use."""

import errno
import functools
import os

BLOCKED = [
    # Memory that belongs to no process, so the resource monitor cannot count it.
    *("memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open"),
    # Keys of the user who grades, such as tickets for a file server: processes inherit them.
    *("keyctl", "add_key", "request_key"),
    # Other processes of the sandbox, which may hold those keys.
    *("ptrace", "process_vm_readv", "process_vm_writev"),
    # Large parts of the kernel that student code does not need, and in which faults were found.
    *("bpf", "io_uring_setup", "perf_event_open", "userfaultfd"),
]


class SystemCallFilterError(RuntimeError):
    """The library libseccomp is missing."""


@functools.cache
def system_call_filter() -> bytes:
    """Return a filter for bubblewrap's option `--seccomp`, made by libseccomp.

    A blocked system call fails with "Operation not permitted".

    Raises
    ------
    SystemCallFilterError
        The library libseccomp is missing.
    """
    try:
        import pyseccomp
    except (ImportError, RuntimeError) as error:
        raise SystemCallFilterError(
            f"The library libseccomp was not found: {error}\n"
            "What to do: sudo apt-get install libseccomp2 (on Fedora: sudo dnf install "
            "libseccomp), and pip install 'mnist-course[grading]'."
        ) from None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in BLOCKED:
        try:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        except OSError:
            continue  # this library is older than the system call
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
