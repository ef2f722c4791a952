import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from offbeat.errors import MissingExtraError, ParameterError
from offbeat.report import house_style, lightness, loss_curves, write_page
from offbeat.report.drawing.style import PALETTE, TIER_COLOURS
from offbeat.report.figures import scores_by_class
from offbeat.words import percent, plural, shorten, wrapped


def _steps(colours):
    levels = [lightness(colour) for colour in colours]
    return [b - a for a, b in itertools.pairwise(levels)]


def test_palette_gets_lighter_in_clear_steps():
    assert min(_steps(PALETTE)) > 10


def test_tiers_get_darker_in_visible_steps_and_stay_lighter_than_the_data():
    tiers = list(TIER_COLOURS.values())
    assert list(TIER_COLOURS) == ["normal", "watch", "alarm"]
    assert max(_steps(tiers)) < -6
    assert min(map(lightness, tiers)) - lightness(PALETTE[1]) > 40


@pytest.mark.parametrize(("colour", "level"), [("black", 0), ("white", 100), ("#777777", 50.03), ("red", 53.24)])
def test_lightness_is_cie_l_star(colour, level):
    assert lightness(colour) == pytest.approx(level, abs=0.02)


def test_lines_differ_in_dashes_as_well_as_in_colour():
    with house_style():
        cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert ["#" + entry["color"].lstrip("#") for entry in cycle] == list(PALETTE[:4])
    assert len({str(entry["linestyle"]) for entry in cycle}) == 4


def test_drawing_leaves_matplotlib_as_it_was_and_ignores_its_settings():
    with mpl.rc_context({"font.size": 33, "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        figure = loss_curves({"loss": [2, 1]})
        assert dict(mpl.rcParams) == before
    assert figure.axes[0].xaxis.label.get_fontsize() == 9


def test_neither_matplotlib_nor_pyplot_is_loaded_before_its_time():
    script = (
        "import sys, offbeat.report as r\n"
        "assert not {'matplotlib', 'jinja2'} & set(sys.modules)\n"
        "r.loss_curves({'loss': [2, 1]})\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("module", ["matplotlib.style", "matplotlib"])
def test_without_matplotlib_the_error_names_the_extra(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"need matplotlib.*pip install 'offbeat\[report\]'"):
        loss_curves({"loss": [2, 1]})


def test_without_jinja_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"need jinja2.*pip install 'offbeat\[report\]'"):
        write_page(tmp_path / "page.html", title="", summary=[], sections=[])
    assert not list(tmp_path.iterdir())


def test_tiers_in_the_wrong_order_are_refused():
    with pytest.raises(ParameterError, match=r"0\.5 is above 0\.2"):
        scores_by_class(np.arange(4), [1, 1, 2, 2], tiers=(0.5, 0.2))


def test_words():
    assert [percent(a, 2000) for a in (0, 1, 2, 1000, 1999, 2000)] == ["0%", "<0.1%", "0.1%", "50%", ">99.9%", "100%"]
    assert percent(0, 0) == "–"
    assert plural(2, "series", "series") == "2 series"
    assert len(shorten("x" * 99, 12)) == 12
    assert shorten("two\nlines", 12) == "two lines"
    assert max(map(len, wrapped("word " * 30, 20).split("\n"))) <= 20
