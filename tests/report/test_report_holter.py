"""Stretches of a record in all leads, and every second of it."""

import numpy as np
import pytest

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report import Picture, Section, full_disclosure, rhythm_strip, write_page
from offbeat.report.drawing.style import house_style, panel_grid
from offbeat.report.figures.beat_marks import MARKS
from offbeat.tables import Table

RATE = 250.0


def millimetres(figure, axes):
    box = axes.get_position()
    return 25.4 * box.width * figure.get_figwidth(), 25.4 * box.height * figure.get_figheight()


def test_leads_stand_below_each_other_at_true_scale():
    values = np.column_stack([np.zeros(2000), np.full(2000, 0.5)])
    figure = rhythm_strip(
        values, RATE, ["II", "V5"], start_s=60.0, times_s=[61.0, 62.5], classes=["N", "V"], span_s=(62.0, 63.0),
        title="a run",
    )  # fmt: skip
    first, second = figure.axes
    assert millimetres(figure, first) == pytest.approx((25 * 8.4, 20), abs=0.01)  # 8 s and the mark, 2 mV
    assert first.get_position().y0 > second.get_position().y1
    texts = [text.get_text() for text in first.texts]
    assert {"II", "N", "V", "a run", "1500"} <= set(texts)
    assert [text.get_text() for text in second.texts] == ["V5"]
    (span,) = [patch for patch in first.patches if patch.get_width() == pytest.approx(1.0)]
    assert span.get_x() == pytest.approx(2.0)


def test_twelve_leads_are_as_low_as_a_page_needs():
    values = np.tile(0.2 * np.sin(np.arange(2000) / 20)[:, None], 12)
    figure = rhythm_strip(values, RATE, [f"V{n}" for n in range(12)], most_mv=3.0)
    sizes = np.array([millimetres(figure, axes) for axes in figure.axes])
    np.testing.assert_allclose(sizes, [(25 * 8.4, 20)] + [(25 * 8.4, 15)] * 11, atol=0.01)
    assert figure.get_figheight() * 25.4 < 230  # a page
    # The mark of 1 mV stands where it does not meet the name.
    assert [len(axes.lines) for axes in figure.axes] == [len(figure.axes[1].lines) + 1] + [
        len(axes.lines) for axes in figure.axes[1:]
    ]
    tall = rhythm_strip(3 * values, RATE, [f"V{n}" for n in range(12)], most_mv=3.0)
    assert {len(axes.lines) for axes in tall.axes} == {len(figure.axes[0].lines)}
    nothing = rhythm_strip(np.full((500, 4), np.nan), RATE, list("abcd"))
    assert [millimetres(nothing, axes)[1] for axes in nothing.axes] == pytest.approx([20, 15, 15, 15], abs=0.01)


def test_what_goes_beyond_the_paper_is_marked():
    values = np.zeros((1000, 1))
    values[500:505] = 9.0
    figure = rhythm_strip(values, RATE, ["II"], most_mv=3.0)
    assert any(line.get_marker() in ("^", "v") and len(line.get_xdata()) for line in figure.axes[0].lines)


@pytest.mark.parametrize(
    ("values", "rate", "most", "error"),
    [
        (np.zeros(100), RATE, 4.0, ShapeError),
        (np.zeros((100, 2)), RATE, 4.0, ShapeError),
        (np.zeros((0, 1)), RATE, 4.0, DataError),
        (np.zeros((8000, 1)), RATE, 4.0, DataError),
        (np.zeros((100, 1)), 0.0, 4.0, ParameterError),
        (np.zeros((100, 1)), RATE, 1.0, ParameterError),
    ],
)
def test_a_strip_refuses_what_does_not_fit(values, rate, most, error):
    with pytest.raises(error):
        rhythm_strip(values, rate, ["II"], most_mv=most)


def test_every_minute_has_a_line_and_ectopic_beats_their_colour():
    signal = np.sin(np.arange(int(150 * RATE)) / 20)
    figure = full_disclosure(signal, RATE, start_s=3600.0, times_s=[3605.0, 3670.0], classes=["V", "N"], lead="II")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1:00:00", "1:01:00", "1:02:00"]
    coloured = [line for line in axes.lines if line.get_color() == MARKS["V"].colour]
    assert len(coloured) == 1
    shown = coloured[0].get_xdata()[np.isfinite(coloured[0].get_ydata())]
    assert (shown.min(), shown.max()) == pytest.approx((4.75, 5.25), abs=0.05)
    assert "II" in axes.get_xlabel()


def test_gaps_and_flat_lines_are_drawn():
    signal = np.full(int(70 * RATE), np.nan)
    full_disclosure(signal, RATE)
    signal[:100] = 0.0
    full_disclosure(signal, RATE)


@pytest.mark.parametrize(
    ("values", "rate", "error"),
    [
        (np.zeros((5, 2)), RATE, DataError),
        (np.zeros(0), RATE, DataError),
        (np.zeros(4000), 1.0, DataError),
        (np.zeros(9), 0.0, ParameterError),
    ],
)
def test_disclosure_refuses_what_does_not_fit(values, rate, error):
    with pytest.raises(error):
        full_disclosure(values, rate)


def test_rows_lead_to_figures_and_paper_keeps_its_size(tmp_path):
    with house_style():
        figure, _ = panel_grid(1, 1)
    table = Table("Runs", ["from", "beats"], [["0:01", 3], ["0:02", 4]], links=["strip-1"])
    section = Section("Runs", tables=[table], figures=[Picture(figure, "A run.", "A run.", True, "strip-1")])
    page = write_page(tmp_path / "a.html", title="t", summary=[], sections=[section]).read_text(encoding="utf-8")
    assert '<a href="#figure-strip-1">0:01</a>' in page
    assert 'id="figure-strip-1"' in page
    assert '<th scope="row">0:02</th>' in page
