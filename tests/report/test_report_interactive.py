import base64
import gzip
import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from offbeat.errors import MissingExtraError, ParameterError
from offbeat.report import Section, interactive_recording, write_page
from offbeat.report.interactive.traces import described
from offbeat.series.recording import Recording

HOSTILE = "</script><b>&amp;"


def page_of(tmp_path, *pictures, **settings):
    sections = [Section("Recording", interactive=pictures)]
    path = write_page(tmp_path / "page.html", title="Pump", summary=["Found."], sections=sections, **settings)
    return path.read_text(encoding="utf-8")


def figures_in(html):
    """Return the data of each figure as the browser reads it."""
    return [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', html, re.S)]


def picture_of(pump):
    return interactive_recording(
        pump.recording,
        pump.scores,
        pump.events,
        expected=pump.expected,
        threshold=0.8,
        tiers={"watch": 0.8, "alarm": 1.2},
        known=[(690, 720)],
        train_end=500,
    )


@pytest.fixture
def picture(pump):
    return picture_of(pump)


def traces(picture):
    return {trace.name: trace for trace in picture.figure.data}


def test_the_picture_holds_series_expectation_score_events_and_windows(picture, pump):
    held = traces(picture)
    np.testing.assert_array_equal(held["pressure"].y, pump.recording.values[:, 2])
    np.testing.assert_array_equal(held["pressure, expected"].y, pump.expected[:, 2])
    np.testing.assert_array_equal(held["score"].y, pump.scores)
    milliseconds = pump.recording.timestamps.astype("datetime64[ms]").astype(float)
    np.testing.assert_array_equal(held["pressure"].x, milliseconds)
    half = 5 * 60_000
    corners = np.reshape(held["alarm"].x, (-1, 5))[:, [0, 2]]
    np.testing.assert_array_equal(corners - [-half, half], milliseconds[[[700, 704], [1500, 1500]]])
    assert np.reshape(held["watch"].x, (-1, 5))[0, 0] == milliseconds[1200] - half
    assert held["labelled window"].x[0] == milliseconds[690] - half
    assert list(held["peak of an event"].y) == [event.score for event in pump.events]
    assert picture.caption.startswith("3 events (2 alarms, 1 at watch) in the last 1,500 of 2,000 time steps of pump.")
    assert picture.caption.endswith("Every value is drawn.")


def test_one_channel_is_shown_at_first_and_the_others_by_the_legend(picture):
    shown = {trace.name: trace.visible for trace in picture.figure.data if trace.legendgroup}
    assert shown == {
        "pressure": True, "pressure, expected": True, "flow": "legendonly", "flow, expected": "legendonly",
        "level": "legendonly", "level, expected": "legendonly",
    }  # fmt: skip
    assert len({traces(picture)[name].legendgroup for name in ("flow", "flow, expected")}) == 1


def test_cuts_tiers_training_and_buttons_are_in_the_layout(picture, pump):
    layout = picture.figure.layout
    tiers = {shape.name: (shape.y0, shape.y1) for shape in layout.shapes if shape.type == "rect"}
    assert (tiers["watch"], tiers["alarm"][0]) == ((0.8, 1.2), 1.2)
    assert {note.text for note in layout.annotations} == {"threshold 0.8", "← learned from the left part"}
    buttons = layout.updatemenus[0].buttons
    assert [button.label for button in buttons] == ["Whole recording", "Gravest event", "Event 2", "Event 3"]
    left, right = buttons[1].args[0]["xaxis.range"]
    middle = pump.recording.timestamps[702].astype("datetime64[ms]").astype(float)
    assert (left + right) / 2 == pytest.approx(middle)
    assert layout.xaxis.rangeslider.visible


def test_events_tell_time_score_tier_and_channels(picture, pump):
    hover = traces(picture)["peak of an event"].text[0]
    worst = pump.events[0]
    moment = str(pump.recording.timestamps[worst.peak]).replace("T", " ")[:16]
    assert hover == (
        f"<b>alarm</b>, score {worst.score:.4g}<br>peak: {moment}<br>from 2024-03-05 20:40, 5 time steps"
        "<br>by pressure 90%, flow 10%"
    )
    bands = traces(picture)["event"]
    assert set(bands.text) == set(traces(picture)["peak of an event"].text)


def test_a_score_of_a_wide_range_has_a_log_axis_and_its_cut_in_place():
    scores = np.r_[np.full(500, 0.01), 40.0]
    layout = interactive_recording(Recording(scores), scores, [], threshold=1.0).figure.layout
    assert layout.yaxis2.type == "log"
    assert layout.annotations[0].y == 0  # the exponent of 1
    assert layout.yaxis2.range[1] == pytest.approx(np.log10(1.3 * 40))


def test_points_left_out_are_told_of_and_extremes_are_kept(pump):
    values = np.random.default_rng(0).normal(size=50_000)
    values[31_416] = 70
    picture = interactive_recording(Recording(values), np.abs(values), [], max_points=1000)
    assert "each line has about 1,000 of 50,000. The lowest and the highest value of every stretch" in picture.caption
    line = traces(picture)["ch0"]
    assert len(line.y) <= 1002
    assert line.x[np.argmax(line.y)] == 31_416
    with pytest.raises(ParameterError, match="at least 100, not 99"):
        interactive_recording(Recording(values), np.abs(values), [], max_points=99)


@pytest.mark.slow
def test_a_page_of_a_hundred_thousand_points_stays_below_five_megabytes(tmp_path):
    rng = np.random.default_rng(0)
    for channels in (1, 30):
        values = rng.normal(size=(100_000, channels))
        stamps = np.datetime64("2024-01-01") + np.arange(100_000) * np.timedelta64(1, "m")
        recording = Recording(values, timestamps=stamps)
        scores = np.abs(values).max(axis=1)
        picture = interactive_recording(recording, scores, [], expected=0.9 * values, threshold=3.0)
        assert len(page_of(tmp_path, picture).encode()) < 5_000_000


@pytest.mark.slow
def test_a_page_carries_plotly_once_and_packed(tmp_path, pump):
    from plotly.offline import get_plotlyjs

    html = page_of(tmp_path, picture_of(pump), picture_of(pump))
    (packed,) = re.findall(r'<script type="text/plain" id="packed-plotly">(.*?)</script>', html, re.S)
    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    assert len(figures_in(html)) == 2
    assert page_of(tmp_path, picture_of(pump), picture_of(pump)) == html
    assert "DecompressionStream" in html


def test_a_page_with_a_script_loads_nothing_from_elsewhere(tmp_path, picture):
    html = page_of(tmp_path, picture)
    assert not re.search(r"https?://|url\(|@import|fetch\(", html)
    assert all(address.startswith("data:image/") for address in re.findall(r'\ssrc="([^"]*)', html))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy.startswith("default-src &#39;none&#39;")
    assert "connect-src" not in policy
    assert "http" not in policy


def test_a_still_picture_stands_in_where_scripts_do_not_run(tmp_path, picture):
    html = page_of(tmp_path, picture)
    before, figure = html.split('<figure class="interactive">')
    assert "<noscript" not in before
    assert re.search(r'<img src="data:image/(png|svg\+xml);base64,[^"]+" alt="3 events', figure)
    assert "This is a still picture" in figure
    # what hides the still picture is set by the script alone, and taken back for print
    assert ".interactive.ready .card img { display: none; }" in before
    assert re.search(r"@media print \{\s*\.interactive \.live[^@]*\.ready \.card img \{ display: block; \}", before)


def test_pages_without_interactive_pictures_do_not_grow(tmp_path):
    html = page_of(tmp_path)
    assert "<script" not in html
    assert "interactive" not in html
    assert "Content-Security-Policy" not in html
    assert html.startswith("<!doctype html>\n<html")


def test_names_cannot_become_markup(tmp_path, pump):
    recording = replace(pump.recording, channels=(HOSTILE, "x", "y"), name=HOSTILE)
    events = [replace(event, channels=((HOSTILE, 1.0),)) for event in pump.events]
    picture = interactive_recording(recording, pump.scores, events)
    html = page_of(tmp_path, picture)
    assert html.count("</script>") == html.count("<script")
    (figure,) = figures_in(html)
    names = [trace["name"] for trace in figure["data"]]
    # plotly reads tags in names, so they are escaped for it as well
    assert "&lt;/script&gt;&lt;b&gt;&amp;amp;" in names
    assert not [name for name in names if "<" in name]
    assert "</script>" not in described_text(figure)


def described_text(figure):
    return "".join("".join(trace["text"]) for trace in figure["data"] if "text" in trace)


def test_an_event_without_score_or_cause_says_so(pump):
    from offbeat.events import Event
    from offbeat.report.drawing.times import Timeline

    timeline = Timeline.of(Recording(np.zeros(9)))
    assert described(timeline, Event(start=2, end=3, peak=2)) == (
        "<b>alarm</b>, no score<br>peak: time step 2<br>from time step 2, 1 time step"
    )


def test_without_plotly_the_error_names_the_extra(monkeypatch, pump):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r"need plotly.*pip install 'offbeat\[report\]'"):
        interactive_recording(pump.recording, pump.scores, pump.events)


def test_plotly_is_not_loaded_for_still_pictures():
    script = (
        "import sys, numpy, offbeat, offbeat.report as r\n"
        "r.recording_overview(offbeat.Recording(numpy.zeros(9)))\n"
        "assert 'matplotlib' in sys.modules and 'plotly' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
