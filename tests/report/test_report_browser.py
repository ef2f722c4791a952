"""Pages in a real browser: as wide as a phone, and with buttons that have names and that keys reach."""

from contextlib import contextmanager

import numpy as np
import pytest

from offbeat.report import (
    Fact,
    Picture,
    Section,
    event_zooms,
    interactive_recording,
    loss_curves,
    scores_by_class,
    write_page,
)
from offbeat.tables import Table

PHONE, SCREEN = 390, 1200


@contextmanager
def opened(browser, page, width=SCREEN, **settings):
    """Open a page, which must run without any complaint of the browser."""
    tab = browser.new_page(viewport={"width": width, "height": 844}, **settings)
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    tab.goto(page.as_uri())
    try:
        yield tab
    finally:
        tab.close()
    assert complaints == []


@pytest.fixture(scope="module")
def wide_table():
    heads = ["detector", "events", "time flagged", "windows hit", "precision", "time precision", "recall", "AUROC"]
    rows = [["a-detector-with-a-rather-long-name", 84, "12.5%", "4 of 4", 0.3, 0.12, 1.0, 0.5352]] * 3
    return Table("Detectors and baselines, and what else there is to be said in this title", heads, rows)


@pytest.fixture(scope="module")
def recording_page(tmp_path_factory, pump, wide_table):
    zoomable = interactive_recording(
        pump.recording, pump.scores, pump.events, expected=pump.expected, threshold=0.8, known=[(690, 720)]
    )
    zooms = Picture(event_zooms(pump.recording, pump.scores, pump.events), "Events.", "Events", name="events")
    sections = [Section("Recording", interactive=[zoomable]), Section("Events", tables=[wide_table], figures=[zooms])]
    facts = [Fact("events", "3", "in 13 days"), Fact("threshold", "0.8"), Fact("learned from", "1,200 windows")]
    title = "pca on nab/realKnownCause/machine_temperature_system_failure"
    page = tmp_path_factory.mktemp("recording") / "page.html"
    return write_page(page, title=title, summary=["Found."], sections=sections, facts=facts)


@pytest.fixture(scope="module")
def series_page(tmp_path_factory, scores, wide_table):
    every = np.concatenate(list(scores.values()))
    labels = np.repeat(list(scores), [len(part) for part in scores.values()])
    figures = [
        Picture(scores_by_class(every, labels), "Scores.", "Scores"),
        Picture(loss_curves({"loss": [2, 1]}), "L", "L"),
    ]
    small = [Picture(loss_curves({"loss": [2, 1]}), f"host {k}", "L", small=True) for k in range(3)]
    paper = Picture(loss_curves({"loss": [2, 1]}), "Paper.", "ECG", true_scale=True)
    sections = [Section("Scores", "Text.", [wide_table], [*small, *figures, paper])]
    page = tmp_path_factory.mktemp("series") / "page.html"
    return write_page(page, title="Series", summary=["Found."], sections=sections)


@pytest.mark.parametrize("kind", ["recording_page", "series_page"])
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_a_page_is_no_wider_than_a_phone(browser, request, kind, scheme):
    page = request.getfixturevalue(kind)
    with opened(browser, page, PHONE, color_scheme=scheme) as tab:
        if kind == "recording_page":
            tab.wait_for_selector("figure.ready .views button")
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE
        # what is wider scrolls in a box of its own, and says so
        box = tab.locator(".scroll.wide").first
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")
        assert tab.get_by_text("8 columns: swipe the table sideways.").is_visible()


def test_the_name_of_a_row_stays_in_sight_while_its_numbers_go_by(browser, series_page):
    with opened(browser, series_page, PHONE) as tab:
        box, name = tab.locator(".scroll.wide"), tab.locator("tbody th").first
        before = name.bounding_box()["x"]
        box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
        assert box.evaluate("box => box.scrollLeft") > 50
        assert name.bounding_box()["x"] == pytest.approx(before, abs=1)
        assert tab.locator("tbody td").last.is_visible()


def test_on_a_screen_there_is_nothing_to_swipe(browser, series_page):
    with opened(browser, series_page) as tab:
        assert not tab.get_by_text("swipe the table sideways").is_visible()


def test_every_button_has_a_name_and_none_is_an_icon(browser, recording_page):
    with opened(browser, recording_page) as tab:
        tab.wait_for_selector("figure.ready .views button")
        names = tab.locator("button").all_inner_texts()
        assert names == [
            "Whole recording", "6 hours", "1 day", "1 week", "Gravest event", "Previous event", "Next event",
            "Zoom in", "Zoom out", "Earlier", "Later", "Save as PNG",
        ]  # fmt: skip
        assert tab.locator(".modebar-btn, .updatemenu-button").count() == 0
        assert tab.get_by_label("Channel").locator("option").all_inner_texts() == ["pressure", "flow", "level"]


def seen(tab):
    """The ends of what the picture shows, as numbers."""
    return tab.evaluate(
        "document.querySelector('.live').layout.xaxis.range.map("
        "end => typeof end === 'string' ? Date.parse(end.replace(' ', 'T') + 'Z') : end)"
    )


def test_buttons_work_from_the_keyboard_and_say_what_is_shown(browser, recording_page, pump):
    by_time = [event.peak for event in pump.events]
    gravest = max(pump.events, key=lambda event: (event.severity, event.score)).peak
    moments = pump.recording.timestamps.astype("datetime64[ms]").astype(float)

    def press(name):
        tab.get_by_role("button", name=name, exact=True).focus()
        tab.keyboard.press("Enter")

    with opened(browser, recording_page) as tab:
        tab.wait_for_selector("figure.ready .views button")
        whole = seen(tab)
        state = tab.locator(".state")
        press("Gravest event")
        assert state.inner_text().startswith("Event 1 of 3, counted from the gravest: alarm, score ")
        left, right = seen(tab)
        assert left < moments[gravest] < right
        press("Next event")
        following = by_time[by_time.index(gravest) + 1]
        left, right = seen(tab)
        assert left < moments[following] < right
        press("Previous event")
        assert state.inner_text().startswith("Event 1 of 3")
        press("Previous event")
        assert state.inner_text() == "There is no earlier event."
        press("1 day")
        left, right = seen(tab)
        assert right - left == pytest.approx(86_400_000)
        press("Zoom out")
        left, right = seen(tab)
        assert right - left == pytest.approx(2 * 86_400_000)
        press("Whole recording")
        assert seen(tab) == pytest.approx(whole)


def test_another_channel_can_be_chosen(browser, recording_page):
    with opened(browser, recording_page) as tab:
        tab.wait_for_selector("figure.ready .views button")
        tab.get_by_role("combobox", name="Channel").select_option(label="flow")
        shown = tab.evaluate(
            "document.querySelector('.live').data.filter(t => t.legendgroup && t.visible === true).map(t => t.name)"
        )
        assert shown == ["flow", "flow, expected"]


def test_print_has_the_still_picture_no_buttons_and_white_paper(browser, recording_page):
    with opened(browser, recording_page, color_scheme="dark") as tab:
        tab.wait_for_selector("figure.ready .views button")
        tab.emulate_media(media="print", color_scheme="dark")
        assert tab.locator("figure.interactive img").is_visible()
        assert not tab.locator(".views, .live, .hint").first.is_visible()
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_every_picture_has_words(browser, recording_page):
    with opened(browser, recording_page) as tab:
        tab.wait_for_selector("figure.ready .views button")
        assert tab.evaluate("[...document.images].every(image => image.alt.length > 5)")
        assert tab.evaluate(
            "[...document.querySelectorAll('[role]')].every(part => part.ariaLabel || part.textContent)"
        )
