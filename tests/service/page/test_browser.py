"""The page in a real browser: points come, an alarm appears, somebody says what it is, and sets another threshold."""

import re
from contextlib import contextmanager

import pytest

from live_streams import noise, serving, spike
from offbeat import load
from offbeat.service.access import Access, add_key
from offbeat.service.app import service_app

playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("uvicorn")

expect = playwright.expect
expect.set_options(timeout=20_000)
HOSTILE = '<img src=x onerror="window.hit=1">\'"&amp;</b>'
ZONE = "Asia/Kolkata"


@pytest.fixture
def address(service):
    with serving(service_app(service, here_only=True)) as url:
        yield url


@contextmanager
def opened(browser, address, width=1400, expected=()):
    """Open the page, which must run without any complaint of the browser but the expected ones."""
    page = browser.new_page(viewport={"width": width, "height": 900}, timezone_id=ZONE)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(address)
    try:
        yield page
    finally:
        page.close()
    assert [text for text in complaints if not any(part in text for part in expected)] == []


def hurry(page):
    """Let the page ask at once, not only with its next turn."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def verdicts(service):
    return [
        (row["verdict"], row["note"]) for row in service.database.read("SELECT verdict, note FROM events ORDER BY id")
    ]


def test_an_event_that_is_quiet_says_since_when(browser, address, service, streams):
    streams.push("web-1", noise(40, 1))
    streams.push("web-1", spike())
    with opened(browser, address, width=390) as page:
        event, tile = page.locator("#event-list li"), page.locator(".tile")
        expect(event).to_contain_text("goes on")
        streams.push("web-1", noise(12, 2))
        assert service.reader.stream(None, "web-1")["quiet_since"] == "2026-01-01T04:10:00Z"
        hurry(page)
        # The year is written where it is not the present one.
        expect(event).to_contain_text(re.compile(r"quiet since 1 Jan( \d+)? 09:40:00"))
        expect(tile).to_contain_text("normal")
        expect(tile).to_contain_text("quiet since 1 Jan")
        assert not is_too_wide(page)


def test_an_alarm_appears_and_is_acknowledged_by_keys(browser, address, service, streams):
    with opened(browser, address) as page:
        expect(page.locator("#none")).to_contain_text("No points yet")
        streams.push("web-1", noise(200, 1))
        streams.push(HOSTILE, noise(200, 2))
        expect(page.locator(".tile")).to_have_count(2)
        expect(page.locator("#no-events")).to_have_text("Nothing to acknowledge.")
        streams.push("web-1", spike())
        hurry(page)
        expect(page.locator(".tile").first).to_contain_text("alarm")
        expect(page.locator(".tile").first).to_have_attribute("aria-label", "web-1, alarm, 1 open event, model web")
        event = page.locator("#event-list li")
        expect(event).to_contain_text("goes on")
        event.focus()
        event.locator("input").fill("the mower <b>again</b>")
        event.press("r")
        expect(page.locator("#said")).to_have_text("web-1: said to be real.")
        expect(event).to_have_count(0)
        assert verdicts(service) == [("real", "the mower <b>again</b>")]
        page.select_option("#verdict", "real")
        expect(event.locator("input")).to_have_value("the mower <b>again</b>")
        page.click("#undo-last")
        expect(event).to_have_count(0)
        assert verdicts(service) == [(None, "")]
        page.select_option("#verdict", "none")
        event.get_by_role("button", name="Normal").click()
        expect(event).to_have_count(0)
        assert verdicts(service) == [("normal", "")]
        # A key of a stream is text wherever it is shown.
        page.fill("#find", "<IMG")
        expect(page.locator(".tile b")).to_have_text([HOSTILE])
        page.locator(".tile").click()
        expect(page.locator("#stream-name")).to_have_text(HOSTILE)
        assert page.evaluate("window.hit") is None


def test_a_stream_is_zoomed_and_another_threshold_previewed_and_set(browser, address, folder, streams):
    streams.push("web-1", noise(900, 1))
    streams.push("web-1", spike())
    streams.push("web-1", noise(300, 2))
    with opened(browser, address) as page:
        page.locator(".tile").click()
        expect(page.locator("#chart .limit.alarm")).to_have_count(1)
        expect(page.locator("#chart .name")).to_have_text(["cpu", "load", "watch", "alarm", "score"])
        held = []

        def hold(route):
            held.append(route)

        page.route("**/v1/series*", hold)
        page.click("#range-all")
        page.wait_for_timeout(3000)  # the page looks for what is new meanwhile
        for each in held:
            each.continue_()
        page.unroute("**/v1/series*", hold)
        expect(page.locator("#chart .shade")).to_have_count(1)
        expect(page.locator("#zone option:checked")).to_contain_text("this browser")
        box = page.locator("#chart").bounding_box()
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 150)
        expect(page.locator("#reading")).to_contain_text("score")
        page.mouse.down()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 150)
        page.mouse.up()
        expect(page.locator("#follow")).not_to_be_checked()
        expect(page.locator("#chart .shade")).to_have_count(0)
        page.locator("#chart svg.chart").focus()
        for key in ("-", "-", "-"):
            page.keyboard.press(key)
        expect(page.locator("#chart .shade")).to_have_count(1)
        page.locator("#thresholds summary").click()
        page.fill("#alarms", "20")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#choices tr.asked th")).to_have_text("asked for")
        expect(page.locator("#choices tr.twice td").first).to_have_text("40")
        page.locator("#choices tr.asked button").click()
        expect(page.locator("#sure-text")).to_contain_text("20 alarms a week")
        page.get_by_role("button", name="Set the threshold").click()
        expect(page.locator("#threshold-said")).to_contain_text("Set: 20 alarms a week")
        expect(page.locator("#threshold-now")).to_have_text("20 alarms a week")
        assert load(folder / "web").threshold_.alarms == 20


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser, address, streams):
    for key in ("web-1", HOSTILE * 4, "x" * 190):
        streams.push(key, noise(200, len(key)))
        streams.push(key, spike())
    streams.push("new", noise(2, 1))
    with opened(browser, address, width=360) as page:
        expect(page.locator("#event-list li")).to_have_count(3)
        expect(page.locator(".tile.warming_up")).to_contain_text("2 of 8 values")
        expect(page.locator("#counts button.silent")).to_be_hidden()
        assert not is_too_wide(page)
        page.locator("#event-list .key").first.click()
        expect(page.locator("#chart .limit.alarm")).to_have_count(1)
        page.locator("#thresholds summary").click()
        expect(page.locator("#choices tr.asked")).to_have_count(1)
        assert not is_too_wide(page)


def test_a_lost_connection_is_told_until_it_is_back(browser, address, streams):
    streams.push("web-1", noise(50, 1))
    with opened(browser, address, expected=["ERR_INTERNET_DISCONNECTED"]) as page:
        expect(page.locator(".tile")).to_have_count(1)
        page.context.set_offline(True)
        hurry(page)
        expect(page.locator("#lost")).to_contain_text("Connection lost")
        page.context.set_offline(False)
        expect(page.locator("#lost")).to_be_hidden()
        expect(page.locator("#link")).to_have_text("live")


def test_a_key_is_asked_for_once_and_one_to_read_changes_nothing(browser, service, streams, tmp_path):
    streams.push("web-1", noise(200, 1))
    streams.push("web-1", spike())
    token = add_key(tmp_path / "keys.json", "wall", "read")
    with (
        serving(service_app(service, Access(tmp_path / "keys.json"))) as address,
        opened(browser, address, expected=["401", "403"]) as page,
    ):
        page.fill("#key", "guess")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#key-wrong")).to_be_visible()
        page.fill("#key", token)
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".tile")).to_have_count(1)
        page.locator("#event-list").get_by_role("button", name="Real").click()
        expect(page.locator("#wrong")).to_contain_text("a key to write")
        assert verdicts(service) == [(None, "")]
        page.reload()
        expect(page.locator(".tile")).to_have_count(1)
        expect(page.locator("#key-dialog")).to_be_hidden()
