"""What the built book holds, read without a browser."""

import importlib
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import pytest
from sphinx.errors import ConfigError

from tests.support.built_book import (
    ADDRESS,
    EXERCISES,
    FORK,
    FORKS_BRANCH,
    LESSONS,
    PAGES,
    ROOT,
    Build,
    build,
    built_book,
    copy_sources,
    page,
    places,
    student_edition,
)

FORMER = ROOT / "book/_extra"
FORMER_ADDRESSES = sorted(path.relative_to(FORMER).as_posix() for path in FORMER.rglob("*.html"))

SMALL_TOC = """
format: jb-book
root: book/setup
chapters: [{file: notebooks/01-load}]
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> Build:
    """Return the build of a small book with a fault of each kind."""
    source = copy_sources(tmp_path_factory.mktemp("faulty"))
    (source / "_toc.yml").write_text(SMALL_TOC, encoding="utf-8")
    with (source / "book/setup.md").open("a", encoding="utf-8") as prose:
        prose.write("\n\n[A link](nowhere.md), {{ no_such_number }} and {cite}`nobody1900`.\n")
    lesson = next(source.glob("notebooks/01*.ipynb"))
    lesson.write_text(
        lesson.read_text(encoding="utf-8").replace('"alt":', '"former_alt":'), encoding="utf-8"
    )
    return build(tmp_path_factory.mktemp("book"), source)


def test_warnings_are_errors(faulty):
    assert not faulty.passed
    assert (faulty.html / "book/setup.html").exists(), "the build broke off before it warned"


@pytest.mark.parametrize(
    "warning", ["nowhere.md", "no_such_number", "nobody1900", "figure without alt text"]
)
def test_build_warns_of(faulty, warning):
    assert re.search(rf"WARNING: .*{re.escape(warning)}", faulty.log), faulty.log


def test_without_the_model_the_build_says_how_to_make_it(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "book")
    substitutions = importlib.import_module("_ext.substitutions")
    with pytest.raises(ConfigError, match=r"guide_cnn.json is missing: .*make model"):
        substitutions.read_record(tmp_path)


def test_no_page_is_missing():
    assert [name for name in PAGES if not (built_book() / name).exists()] == []
    assert sorted(LESSONS) == [
        f"notebooks/{path.stem}" for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    ]
    assert sorted(EXERCISES) == [
        f"notebooks/exercises/student/{path.stem}"
        for path in sorted(ROOT.glob("notebooks/exercises/student/*.ipynb"))
    ]


def stored_alts(lesson: str) -> list[str]:
    notebook = json.loads((ROOT / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return [
        output["metadata"]["image/png"]["alt"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


@pytest.mark.parametrize("lesson", LESSONS)
def test_figures_are_shown_with_their_alt_text(lesson):
    shown = page(built_book() / f"{lesson}.html").select(".cell_output img")
    assert [image["alt"] for image in shown] == stored_alts(lesson)


@pytest.mark.parametrize("name", ["index.html", *PAGES])
def test_pages_say_what_they_are(name):
    html = page(built_book() / name)
    assert html.html["lang"] == "en"
    title = html.title.text.split(" — ")
    assert all(title) and len(set(title)) == len(title), "the title says something twice"
    assert html.select_one("meta[name=description]")["content"]
    assert len(html.select("h1:not(.onlyprint h1)")) == 1


@pytest.mark.parametrize("tag", ["title", "meta[name=description]"])
def test_no_two_pages_have_the_same(tag):
    found = [page(built_book() / name).select_one(tag) for name in PAGES]
    texts = [element.get("content") or element.text for element in found]
    assert len(set(texts)) == len(texts)


def launch_links(html: Path, lesson: str) -> dict[str, str]:
    links = page(html / f"{lesson}.html").select("a.launch")
    return {link.text.strip(): link["href"] for link in links}


def file_to_open(link: str, address: str) -> str:
    """Return the branch and file that a launch link opens, as Binder and Colab read it."""
    url, repository = urlsplit(link), urlsplit(address).path
    if url.netloc == "mybinder.org":
        assert url.path.startswith(f"/v2/gh{repository}/")
        (opened,) = parse_qs(url.query)["urlpath"]
        assert opened.startswith("lab/tree/"), "Binder is to open JupyterLab"
        return url.path.removeprefix(f"/v2/gh{repository}/") + ":" + opened[len("lab/tree/") :]
    assert url.netloc == "colab.research.google.com"
    branch, _, path = url.path.removeprefix(f"/github{repository}/blob/").partition("/")
    return f"{branch}:{path}"


@pytest.mark.parametrize("lesson", LESSONS + EXERCISES)
def test_launch_links_open_the_lesson(lesson):
    links = launch_links(built_book(), lesson)
    assert set(links) == {"Binder", "Colab"}
    for link in links.values():
        branch, _, path = file_to_open(link, ADDRESS).partition(":")
        assert branch == "main"
        assert path == f"{lesson}.ipynb"
        assert (ROOT / path).is_file()


@pytest.mark.parametrize("lesson", LESSONS + EXERCISES)
def test_launch_links_of_a_fork_open_the_fork(lesson):
    links = launch_links(student_edition(), lesson)
    opened = [file_to_open(link, FORK) for link in links.values()]
    assert opened == [f"{FORKS_BRANCH}:{lesson}.ipynb"] * 2


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_a_fork_name_only_the_fork(name):
    text = (student_edition() / name).read_text(encoding="utf-8")
    source_line = re.compile(r'<div class="extra_footer">.*?</div>', re.DOTALL)
    assert ADDRESS not in source_line.sub("", text)
    if name != "search.html":
        assert FORK in text


def fetched(name: str) -> list[str]:
    """Return the addresses that a browser loads for a page before anyone clicks."""
    html = page(built_book() / name)
    return [tag["src"] for tag in html.find_all(src=True)] + [
        tag["href"]
        for tag in html.select("link[href]")
        if set(tag["rel"]) & {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
    ]


@pytest.mark.parametrize("name", PAGES)
def test_pages_load_nothing_from_outside(name):
    addresses = fetched(name)
    assert addresses
    for address in addresses:
        assert not urlsplit(address).netloc, address
        path = unquote(urlsplit(urljoin(f"/{name}", address)).path)
        assert (built_book() / path.lstrip("/")).is_file(), address


@pytest.mark.parametrize("name", FORMER_ADDRESSES)
def test_former_address_opens_the_present_page(name):
    text = (built_book() / name).read_text(encoding="utf-8")
    (target,) = re.findall(r'content="0; url=([^"]+)"', text)
    (link,) = re.findall(r'href="([^":]+)"', text)
    assert link == target
    assert urljoin(name, target) in PAGES


def test_style_sheets_load_nothing_from_outside():
    sheets = sorted(built_book().rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", text), sheet


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_no_widgets_and_no_loader_for_them(name):
    text = (built_book() / name).read_text(encoding="utf-8").lower()
    for trace in ("widget-state", "widget-view", "require.js", "html-manager", "thebe", "unpkg"):
        assert trace not in text


@pytest.mark.parametrize("name", PAGES)
def test_links_within_the_book_lead_somewhere(name):
    for link in page(built_book() / name).find_all("a", href=True):
        target = urlsplit(urljoin(f"http://book/{name}", link["href"]))
        if target.netloc != "book" or target.scheme != "http":
            continue
        path = built_book() / unquote(target.path).lstrip("/")
        assert path.is_file(), link
        if target.fragment and path.suffix == ".html":
            assert unquote(target.fragment) in places(path), link
