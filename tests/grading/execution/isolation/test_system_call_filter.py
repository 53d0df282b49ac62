import pytest

from mnist_course.grading.execution.isolation import system_call_filter as filters

pytestmark = pytest.mark.sandbox  # like the sandbox, it needs libseccomp


@pytest.fixture(autouse=True)
def new_filter():
    filters.system_call_filter.cache_clear()
    yield
    filters.system_call_filter.cache_clear()


def test_system_call_filter_knows_all_names():
    import pyseccomp

    numbers = [pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in filters.BLOCKED]
    assert -1 not in numbers and len(set(numbers)) == len(filters.BLOCKED)


def test_system_call_filter_skips_names_that_an_old_library_lacks(monkeypatch):
    content = filters.system_call_filter()
    filters.system_call_filter.cache_clear()
    monkeypatch.setattr(filters, "BLOCKED", [*filters.BLOCKED, "no_such_call"])
    assert filters.system_call_filter() == content
