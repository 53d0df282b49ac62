"""A browser and the built book, for the tests of its pages."""

import shutil

import pytest

from maintenance import pack_book
from maintenance.browser import served
from tests.support.browser import chromium
from tests.support.built_book import built_book


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def homes(browser):
    """Give the addresses of the built book, from a server and from disk."""
    with served(built_book()) as address:
        yield {"http": address, "file": built_book().as_uri()}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """Give the folder that unpacking the offline zip makes; the zip lies beside it."""
    folder = tmp_path_factory.mktemp("a stick, für alle")
    made = pack_book.pack(built_book(), folder)
    shutil.unpack_archive(made, folder)
    return folder / pack_book.NAME
