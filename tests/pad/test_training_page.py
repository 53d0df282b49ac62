"""Tests of the page "Watch it learn" in the built book, from a server and from disk."""

import gzip
import itertools
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from maintenance.strokes import DIGITS, draw_with_mouse
from mnist_course.pad.bundle import bundle
from tests.support.browser import axe_violations, overflow, record_layout_shifts
from tests.support.built_book import built_book
from tests.support.pad_page import PHONE, canvas
from tests.support.training_page import (
    LEARN,
    errors_of_epochs,
    open_training,
    press,
    steps,
    wait_for_epochs,
)

SHORT = "?images=300&epochs=1"


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_train_to_the_end(addresses, tab, protocol):
    errors = open_training(tab, addresses[protocol], SHORT)
    press(tab, "Train")
    tab.get_by_text("1 epoch done").first.wait_for()
    assert len(errors_of_epochs(tab)) == 1
    assert tab.locator(".watch-it-learn__misread li").count() > 0
    assert "of the held-out digits" in tab.locator(".watch-it-learn > [role=status]").text_content()
    assert tab.locator(".watch-it-learn .digit-pad__value").first.text_content() != "–"
    assert errors == []


def test_digits_load_when_train_is_pressed(addresses, tab):
    requested = []
    tab.on("request", lambda request: requested.append(request.url))
    open_training(tab, addresses["http"], SHORT)
    assert [url for url in requested if "digits.js" in url] == []
    press(tab, "Step")
    tab.get_by_text("step 1,").wait_for()
    assert len([url for url in requested if "digits.js" in url]) == 1


def test_step_and_pause(addresses, tab):
    open_training(tab, addresses["http"], "?batch=10")
    press(tab, "Step")
    tab.get_by_text("step 1,").wait_for()
    press(tab, "Step")
    tab.get_by_text("step 2,").wait_for()
    press(tab, "Train")
    tab.get_by_text("Training: epoch").wait_for()
    press(tab, "Pause")
    tab.get_by_text("Paused: epoch").wait_for()
    before = steps(tab)
    press(tab, "Step")
    tab.get_by_text(f"step {before + 1:,},").wait_for()


def test_same_address_same_run(addresses, tab):
    errors = []
    for _ in range(2):
        open_training(tab, addresses["http"], SHORT + "&seed=3")
        press(tab, "Train")
        wait_for_epochs(tab, 1)
        errors.append(errors_of_epochs(tab))
    assert errors[0] == errors[1]


def test_loss_of_an_epoch_is_the_mean_of_its_steps(addresses, tab):
    losses = []
    for rate in ("0.0001", "0.1"):  # one step, whose loss is measured before the weights change
        open_training(tab, addresses["http"], f"?images=300&batch=600&epochs=1&rate={rate}")
        press(tab, "Train")
        wait_for_epochs(tab, 1)
        losses.append(tab.locator(".watch-it-learn__table tbody td:nth-child(2)").text_content())
    assert losses[0] == losses[1]


def test_change_of_a_setting_keeps_the_run_before(addresses, tab):
    open_training(tab, addresses["file"], SHORT)
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.locator("select[name=optimizer]").select_option("sgd")
    assert tab.url.endswith("?optimizer=sgd&images=300&epochs=1")
    assert tab.locator(".watch-it-learn__line.watch-it-learn__before").count() == 4
    assert (
        "Run before: training images 300" in tab.locator(".watch-it-learn__legend").text_content()
    )


def test_link_to_a_mistake_sets_the_controls(addresses, tab):
    open_training(tab, addresses["http"])
    tab.get_by_role("link", name="A learning rate of 0.1").click()
    assert tab.url.endswith("?rate=0.1")
    assert tab.locator("select[name=rate]").input_value() == "0.1"


@pytest.mark.parametrize("protocol", ["http", "file"])
@pytest.mark.parametrize(
    ("lesson", "query", "setting", "value"),
    [("05-build", "?hidden=no", "hidden", "no"), ("06-train", "?rate=0.1", "rate", "0.1")],
)
def test_link_in_a_lesson_sets_the_controls(
    addresses, tab, protocol, lesson, query, setting, value
):
    tab.goto(f"{addresses[protocol]}/notebooks/{lesson}.html")
    tab.locator(f"article a[href*='watch-it-learn'][href$='{query}']").click()
    tab.locator(".watch-it-learn[data-state=ready]").wait_for()
    assert tab.locator(f"select[name={setting}]").input_value() == value


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_links_of_lesson_3_set_the_controls(addresses, tab, protocol):
    lesson = f"{addresses[protocol]}/notebooks/03-normalize.html"
    tab.goto(lesson)
    links = tab.locator("a[href*='watch-it-learn.html?']")
    queries = [parse_qs(urlsplit(link.get_attribute("href")).query) for link in links.all()]
    assert [query.get("pixels") for query in queries] == [None, ["255"], None, ["255"]]
    for number, query in enumerate(queries):
        tab.goto(lesson)
        tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        links.nth(number).click()
        tab.locator(".watch-it-learn[data-state=ready]").wait_for()
        for name, values in query.items():
            assert tab.locator(f"select[name={name}]").input_value() == values[0]


def test_query_that_is_no_choice_is_ignored(addresses, tab):
    open_training(tab, addresses["http"], "?rate=5&batch=x&pixels=255")
    assert tab.locator("select[name=rate]").input_value() == "0.001"
    assert tab.locator("select[name=pixels]").input_value() == "255"


def test_drawing_is_read_by_the_network_in_training(addresses, tab):
    open_training(tab, addresses["http"], "?epochs=1")
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.get_by_role("button", name="Clear").click()
    draw_with_mouse(tab, canvas(tab), DIGITS[0])
    tab.locator(".digit-pad__predicted .digit-pad__value").wait_for()
    assert tab.locator(".digit-pad__predicted span").first.text_content() == "0"


def test_hidden_tab_pauses(addresses, tab):
    open_training(tab, addresses["http"], "?batch=10")
    press(tab, "Train")
    tab.get_by_text("Training: epoch").wait_for()
    hide = """hidden => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    tab.evaluate(hide, True)
    tab.get_by_text("Paused: epoch").wait_for()
    tab.evaluate(hide, False)
    tab.get_by_text("Training: epoch").wait_for()


def test_settings_in_the_address(addresses, tab):
    """Lessons 3, 5 and 6 and this page link to these addresses."""
    for query, expected in ADDRESSES.items():
        open_training(tab, addresses["file"], query)
        for name, value in expected.items():
            assert tab.locator(f"select[name={name}]").input_value() == value, (query, name)
        found = tab.eval_on_selector_all(
            ".watch-it-learn select", "all => all.filter((one) => one.selectedIndex > 0).length"
        )
        assert found == len(expected), query


ADDRESSES = {
    "": {},
    "?pixels=255&optimizer=sgd&rate=0.01": {"pixels": "255", "optimizer": "sgd", "rate": "0.01"},
    "?hidden=no": {"hidden": "no"},
    "?rate=0.1": {"rate": "0.1"},
    "?dropout=no&images=300&labels=shuffled&epochs=100": {
        "dropout": "no",
        "images": "300",
        "labels": "shuffled",
        "epochs": "100",
    },
}


def test_page_links_to_the_lessons(addresses, tab):
    open_training(tab, addresses["http"])
    links = tab.locator(".watch-it-learn__settings a").evaluate_all("all => all.map((a) => a.href)")
    assert {link.rpartition("/")[2] for link in links} == {
        "03-normalize.html",
        "05-build.html",
        "06-train.html",
    }
    for link in set(links):
        assert tab.request.get(link).ok, link


def test_welcome_page_links_to_the_training(addresses, tab):
    tab.goto(f"{addresses['file']}/book/index.html")
    tab.locator('main a[href="watch-it-learn.html"]').first.click()
    tab.locator(".watch-it-learn[data-state=ready]").wait_for()


def test_missing_digits_are_reported(addresses, tab):
    tab.route("**/digits.js", lambda route: route.abort())
    open_training(tab, addresses["http"], SHORT)
    press(tab, "Train")
    tab.get_by_text("The training could not start").first.wait_for()
    tab.unroute("**/digits.js")
    press(tab, "Train")
    wait_for_epochs(tab, 1)


@pytest.mark.parametrize("tab", [{}, {"color_scheme": "dark", **PHONE}], indirect=True)
def test_training_accessible(addresses, tab):
    errors = open_training(tab, addresses["http"], SHORT)
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.eval_on_selector_all("main details", "all => all.forEach((one) => one.open = true)")
    assert axe_violations(tab) == []
    assert overflow(tab) == []
    assert errors == []


def test_training_by_keyboard(addresses, tab):
    open_training(tab, addresses["http"], SHORT)
    tab.locator("select[name=seed]").focus()
    tab.keyboard.press("Tab")  # the lesson's link
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    wait_for_epochs(tab, 1)


@pytest.mark.parametrize(("seconds", "images"), [(0.1, 4000), (2, 1000)])
def test_slow_device_gets_fewer_images(used_tab, seconds, images):
    used_tab.goto("about:blank")
    used_tab.add_script_tag(content=bundle("trainer/settings.js"))
    assert used_tab.evaluate("s => imagesThatFit(DEFAULTS, s)", seconds) == images


# The worker's code, changed where it is sent, so that every device counts as too slow.
def plant_in_worker(route, right: str, wrong: str) -> None:
    response = route.fetch()
    body = response.text()
    assert body.count(right) == 1
    route.fulfill(response=response, body=body.replace(right, wrong))


def test_slow_device_is_told(addresses, tab):
    tab.route(
        "**/digits.js",
        lambda route: plant_in_worker(route, "LONGEST_EPOCH = 30", "LONGEST_EPOCH = 0"),
    )
    open_training(tab, addresses["http"], "?batch=600&epochs=1")
    said = record_announcements(tab)
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.unroute("**/digits.js")
    assert "This device is slow, so it trains on 1,000 digits." in said()[0][1]
    assert steps_of_an_epoch(tab) == 2  # of 600 and of 400 digits, not 7 steps


def steps_of_an_epoch(tab) -> int:
    points = tab.locator(".watch-it-learn__curves").first.locator("polyline").first
    return len(points.get_attribute("points").split())


def record_announcements(tab):
    """Record what screen readers are told, and when (s); return a function that lists it."""
    tab.evaluate(
        """() => {
          window.said = [];
          const status = document.querySelector(".watch-it-learn > [role=status]");
          const record = () => said.push([performance.now() / 1000, status.textContent]);
          const changes = { childList: true, characterData: true, subtree: true };
          new MutationObserver(record).observe(status, changes);
        }"""
    )
    return lambda: tab.evaluate("said")


def test_announcements(addresses, tab):
    """The duration first, the result last, and between them an epoch every five seconds at most."""
    open_training(tab, addresses["http"], "?images=100&batch=50&epochs=20")
    said = record_announcements(tab)
    press(tab, "Train")
    tab.get_by_text("20 epochs done").first.wait_for(timeout=120_000)
    first, *epochs, last = said()
    assert re.fullmatch(r"20 epochs will take about \d+\s(s|min)\.", first[1])
    assert last[1].startswith("20 epochs done: ")
    assert all(text.startswith("Epoch ") for _, text in epochs)
    times = [first[0], *(at for at, _ in epochs)]
    assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(times))
    live = "[aria-live], [role=status], [role=alert], [role=log]"
    inside = tab.locator(".watch-it-learn").locator(live)
    assert inside.count() == 2  # of the training and of the pad


def test_duration_stays_visible(addresses, tab):
    open_training(tab, addresses["http"], "?batch=10&epochs=1")
    press(tab, "Train")
    tab.get_by_text(re.compile(r"Training: epoch 1, .* 1 epoch will take about \d+")).wait_for()


@pytest.mark.parametrize(
    "tab", [{"viewport": {"width": 1280, "height": 900}}, PHONE], indirect=True
)
def test_nothing_moves(addresses, tab):
    shifts = record_layout_shifts(tab)
    open_training(tab, addresses["http"], "?images=300&epochs=2")
    press(tab, "Train")
    wait_for_epochs(tab, 2)
    # On a busy machine the font of the book's title arrives late and moves the title.
    ours = [shift for shift in shifts() if "logo__title" not in shift]
    assert [shift for shift in ours if not shift.startswith("0.0000")] == []


def test_reduced_motion(addresses, tab):
    """The filters and curves change at the end of an epoch, not several times a second."""
    open_training(tab, addresses["http"], "?batch=10&epochs=1")
    count_filter_paintings(tab)
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.get_by_text("1 epoch done").first.wait_for()
    assert tab.evaluate("paintings") <= 3  # at the start, at the end of the epoch and of the run
    assert tab.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("tab", [{"reduced_motion": "no-preference"}], indirect=True)
def test_filters_change_during_an_epoch(addresses, tab):
    open_training(tab, addresses["http"], "?batch=10&epochs=1")
    count_filter_paintings(tab)
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    assert tab.evaluate("paintings") > 3


def count_filter_paintings(tab) -> None:
    tab.evaluate(
        """() => {
          window.paintings = 0;
          const canvas = [...document.querySelectorAll(".watch-it-learn section")]
            .find((one) => one.textContent.includes("Its filters")).querySelector("canvas");
          const paint = CanvasRenderingContext2D.prototype.putImageData;
          CanvasRenderingContext2D.prototype.putImageData = function (...rest) {
            if (this.canvas === canvas) window.paintings++;
            return paint.apply(this, rest);
          };
        }"""
    )


def test_left_page_stops_the_work(addresses, tab):
    open_training(tab, addresses["http"], "?batch=10")
    press(tab, "Train")
    tab.get_by_text("Training: epoch").wait_for()
    [worker] = tab.workers
    with worker.expect_event("close"):
        # As when the browser keeps the page for the way back: it stays in memory.
        tab.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert tab.workers == []
    tab.goto(f"{addresses['http']}/book/index.html")
    tab.go_back()
    tab.locator(".watch-it-learn[data-state=ready]").wait_for()
    assert tab.workers == []


def test_printed_page(addresses, tab):
    open_training(tab, addresses["http"], SHORT)
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.emulate_media(media="print")
    for control in ("settings", "buttons", "state"):
        assert not tab.locator(f".watch-it-learn__{control}").is_visible()
    for shown in ("charts", "legend", "table", "misread"):
        assert tab.locator(f".watch-it-learn__{shown}").is_visible()
    tab.emulate_media(media="screen")


@pytest.mark.parametrize("tab", [{"reduced_motion": "no-preference"}], indirect=True)
def test_page_stays_responsive(browser, addresses, tab):
    """No task of the page's own thread needs 50 ms of processor time while the network trains.

    Processor time, not the time between frames: the latter depends on what else the machine does.
    """
    open_training(tab, addresses["file"], "?epochs=1")
    browser.start_tracing(page=tab, categories=["toplevel"])
    press(tab, "Train")
    wait_for_epochs(tab, 1)
    tab.get_by_text("1 epoch done").first.wait_for()
    tasks = main_thread_tasks(json.loads(browser.stop_tracing()))
    print(f"{len(tasks)} tasks, the largest {max(tasks):.0f} ms")
    assert len(tasks) > 100
    assert max(tasks) < 50, sorted(tasks)[-5:]


def main_thread_tasks(trace: dict) -> list[float]:
    """Return the CPU milliseconds of each task of the pages' main threads."""
    events = trace["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask")
        and "tdur" in event
        and (event["pid"], event["tid"]) in threads
    ]


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_training_without_javascript(addresses, tab):
    tab.goto(f"{addresses['file']}/{LEARN}")
    image = tab.locator(".watch-it-learn img")
    assert "held-out digits" in image.get_attribute("alt")
    assert image.bounding_box()["width"] > 200


def test_digits_size():
    digits = (built_book() / "_static/trainer/digits.js").read_bytes()
    assert len(gzip.compress(digits)) <= 900_000
