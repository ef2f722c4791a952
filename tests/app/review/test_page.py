"""The page in a real browser: step, correct by keys and clicks, save, load again, and what lies on disk then."""

import numpy as np
import pytest

from ecg_signals import RATE
from offbeat.app.request import RecordRequest
from offbeat.app.review.opening import open_review
from offbeat.app.review.serving import serving
from offbeat.records import Annotations, read_annotations, reviewed_beats, write_annotations

playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("uvicorn")

expect = playwright.expect
PER_SECOND = 25 * 96 / 25.4  # CSS pixels of a second at 25 mm/s
GUTTER = 80  # px on the left of the paper
MISSED, TWICE, DOUBTFUL = 30, 50, 70  # as conftest.py makes them


@pytest.fixture
def served(wanted):
    session = open_review(wanted)
    with serving(session) as server:
        yield session, server.address


@pytest.fixture
def page(browser, served):
    """The page of the record, which must load and run without any complaint of the browser."""
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    complaints = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.goto(served[1])
    expect(opened.locator("#progress")).to_contain_text("looked at")
    yield opened
    opened.close()
    assert [text for text in complaints if "409" not in text] == []  # a conflict is told by its status


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def told(page, text):
    expect(page.locator("#said")).to_contain_text(text)


def save(page):
    press(page, "Control+s")
    told(page, "saved at")
    expect(page.locator("#state")).to_contain_text("all saved in strip.rev")


def on_disk(session):
    found = reviewed_beats(read_annotations(session.place))
    return list(zip(found.samples.tolist(), found.symbols.tolist(), found.aux.tolist(), strict=True))


def choose(page, what, value):
    page.select_option(f"#{what}", value)


def test_it_begins_with_beats_worth_a_look_and_says_what_it_is(page, served):
    session, _ = served
    expect(page.locator("#notice")).to_have_text("Research software, not a medical device.")
    expect(page.locator("#progress")).to_have_text(f"0 of {len(session.worth)} looked at")
    expect(page.locator("#state")).to_have_text("nothing to save yet")
    expect(page.locator("#why")).not_to_have_text("")
    seen = [page.inner_text("#why")]
    for _ in session.worth[1:]:
        press(page, "ArrowDown")
        seen.append(page.inner_text("#why"))
    assert [text.removeprefix("– ") for text in seen] == [reason for _, reason in session.worth]


def test_corrections_by_keys_are_on_disk_and_there_after_a_reload(page, served, lead):
    session, _ = served
    doubtful = int(lead[1][DOUBTFUL])
    twice = int(lead[1][TWICE]) + 60
    choose(page, "show", "doubtful")
    expect(page.locator("#progress")).to_have_text("0 of 1 looked at")
    press(page, "n")
    told(page, "V → N")
    expect(page.locator("#progress")).to_have_text("1 of 1 looked at")
    expect(page.locator("#state")).to_have_text("1 change not saved yet")
    assert page.title().startswith("●")
    choose(page, "show", "all")
    press(page, "Home", "ArrowRight", "Enter", "v", "u")
    told(page, "undone")
    number = next(number for number, beat in session.beats.items() if beat.sample == twice)
    page.mouse.click(*overview_place(page, twice, session.record.n_times))
    expect(page.locator("#where")).to_have_text(clock(session.beats[number].sample))
    press(page, "x")
    told(page, "N → no beat")
    save(page)
    first, second = int(lead[1][0]), int(lead[1][1])
    assert first not in [row[0] for row in on_disk(session)]
    assert on_disk(session) == [
        (second, "N", "reviewed"),
        (twice, "|", "reviewed, was N"),
        (doubtful, "N", "doubtful, confidence 0.40, reviewed, was V"),
    ]
    page.reload()
    choose(page, "show", "corrected")
    expect(page.locator("#progress")).to_have_text("2 of 2 looked at")
    press(page, "ArrowDown")
    expect(page.locator("#facts")).to_contain_text("reviewed, was V")


def test_a_missed_beat_is_added_by_a_click_and_by_keys(page, served, lead):
    session, _ = served
    missed, before = int(lead[1][MISSED]), int(lead[1][MISSED - 1])
    choose(page, "show", "all")
    page.mouse.click(*overview_place(page, before, session.record.n_times))
    expect(page.locator("#where")).to_have_text(clock(before))
    box = page.locator("#signal").bounding_box()
    middle = box["x"] + GUTTER + (box["width"] - GUTTER) / 2
    click = middle + (missed - before) / RATE * PER_SECOND + 4  # not quite where it is
    page.mouse.click(click, box["y"] + 50)
    expect(page.locator("#what")).to_have_text("a missed beat?")
    press(page, "Escape")
    expect(page.locator("#what")).to_have_text("V ventricular")
    page.mouse.click(click, box["y"] + 50)
    expect(page.locator("#what")).to_have_text("a missed beat?")
    press(page, "n")
    told(page, "missed → N")
    press(page, "i")
    expect(page.locator("#what")).to_have_text("a missed beat?")
    press(page, "ArrowRight", "ArrowRight", "ArrowLeft", "s")
    told(page, "missed → S")
    press(page, "u")
    told(page, "undone")
    save(page)
    ((sample, symbol, aux),) = on_disk(session)
    assert abs(sample - missed) <= 2
    assert (symbol, aux) == ("N", "reviewed, added")


def test_lists_by_class_and_rhythm_and_all_on_the_paper_at_once(page, served, lead):
    session, _ = served
    choose(page, "show", "all")
    choose(page, "class", "V")
    ventricular = sum(beat.symbol == "V" for beat in session.beats.values())
    expect(page.locator("#progress")).to_have_text(f"0 of {ventricular} looked at")
    press(page, "ArrowDown", "ArrowDown", "ArrowUp")
    expect(page.locator("#what")).to_have_text("V ventricular")
    choose(page, "rhythm", "N")
    expect(page.locator("#progress")).to_have_text(f"0 of {ventricular} looked at")
    press(page, "a")
    told(page, "are right as they are")
    save(page)
    samples = [row[0] for row in on_disk(session)]
    assert len(samples) > 8
    assert max(samples) - min(samples) < 15 * RATE


def test_keys_are_answered_in_turn_however_fast_they_come(page, served):
    session, _ = served
    choose(page, "show", "all")
    press(page, "Home", *"nsvfq/xnv")
    press(page, "Control+s")
    told(page, "saved at")
    assert "".join(beat.symbol for beat in list(session.beats.values())[:9]) == "NSVFQ/|NV"


def test_what_is_corrected_is_saved_by_itself(page, served):
    session, _ = served
    press(page, "f")
    expect(page.locator("#state")).to_have_text("all saved in strip.rev", timeout=15_000)
    assert [row[1] for row in on_disk(session)] == ["F"]


def test_a_conflict_is_shown_and_a_copy_saved(page, served):
    session, _ = served
    write_annotations(Annotations([5], ["N"]), session.place)
    press(page, "s")
    press(page, "Control+s")
    expect(page.locator("#state")).to_contain_text("NOT SAVED")
    page.click("#copy")
    expect(page.locator("#state")).to_have_text("all saved in strip.rev2")
    assert len(on_disk(session)) == 1


def test_a_change_in_another_window_is_seen(page, served):
    session, _ = served
    session.name(0, "V")
    session.name(1, "V")
    press(page, "Enter")
    told(page, "another window")
    choose(page, "show", "corrected")
    expect(page.locator("#progress")).to_have_text("2 of 2 looked at")


def test_help_is_one_key_away_and_keeps_other_keys(page, served):
    session, _ = served
    press(page, "?")
    expect(page.locator("#help")).to_be_visible()
    press(page, "v", "Escape")
    expect(page.locator("#help")).not_to_be_visible()
    assert session.version == 0


def test_finishing_ends_the_review(page, served):
    session, _ = served
    press(page, "v")
    expect(page.locator("#state")).to_contain_text("not saved")
    page.click("#done")
    told(page, "The review has ended")
    assert len(on_disk(session)) == 1


def test_twelve_leads_scroll_and_the_paper_is_at_true_scale(browser, data_dir, tmp_path):
    from offbeat.app.request import RecordRequest

    strip = data_dir / "cinc2011" / "1002867"
    session = open_review(RecordRequest(str(strip)), out=tmp_path / "strip.rev")
    with serving(session) as server:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(server.address)
        expect(page.locator("#about")).to_contain_text("12 leads")
        assert page.locator("#signal").bounding_box()["height"] > page.locator("#paper").bounding_box()["height"]
        page.close()


def clock(sample):
    seconds = sample / RATE
    return f"0:{int(seconds) // 60:02d}:{int(seconds * 100 + 0.5) / 100 % 60:05.2f}"


def overview_place(page, sample, n_times):
    """Return where in the overview a sample lies."""
    box = page.locator("#overview").bounding_box()
    inner = box["width"] - 2  # without the border
    return box["x"] + 1 + 44 + sample / n_times * (inner - 48), box["y"] + 60


def test_a_phone_shows_the_current_beat_and_times_apart(browser, strip, lead):
    _, peaks, _ = lead
    notes = read_annotations(strip.with_suffix(".ofb"))
    places = peaks[:60] + 20
    begun = Annotations(places, ["+"] * 60, RATE, ["(N", "(T"] * 30)
    both = [np.concatenate([getattr(each, part) for each in (notes, begun)]) for part in ("samples", "symbols", "aux")]
    order = np.argsort(both[0], kind="stable")
    every = Annotations(both[0][order], both[1][order], RATE, both[2][order])
    write_annotations(every, strip.with_suffix(".ofb"), overwrite=True)
    with serving(open_review(RecordRequest(str(strip), sampling_rate=RATE))) as server:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(server.address)
        expect(page.locator("#progress")).to_contain_text("looked at")
        beat = page.locator(".beat > div")
        assert beat.evaluate("each => each.scrollWidth <= each.clientWidth && each.clientWidth > 300")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(page.locator("#rhythm optgroup")).to_have_attribute("label", "One of the 20 longest")
        expect(page.locator("#rhythm optgroup option")).to_have_count(20)
        page.close()
