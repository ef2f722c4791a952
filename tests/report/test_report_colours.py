"""Colours by computing: contrast of text, and steps of lightness in grey and to colour-blind eyes."""

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from offbeat.report import lightness
from offbeat.report.drawing.style import INK, PALETTE, RUST, TIER_COLOURS, TIER_MARKS
from offbeat.report.figures.beat_marks import MARKS

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
EYES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
SHEETS = {
    "report": files("offbeat.report") / "page.css",
    "live": files("offbeat.service") / "page" / "live.css",
    "review": files("offbeat.app.review") / "page" / "review.css",
}
PAIRS = [
    ("ink", "paper"), ("ink", "raised"), ("ink", "notice"), ("soft", "paper"), ("soft", "raised"), ("link", "paper"),
]  # fmt: skip


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen_by(eyes, colour):
    """The colour as people with this kind of sight see it."""
    rgb = np.clip(np.array(EYES[eyes]) @ linear(colour), 0, 1)
    return to_hex(np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055))


def contrast(one, other):
    """The ratio of the WCAG, from 1 to 21."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def schemes(sheet):
    """The colours of a style sheet by name, for each scheme that it has."""
    text = SHEETS[sheet].read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", text, re.S)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return [{**found[0], **block} for block in found]


def test_contrast_is_that_of_the_wcag():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("sheet", SHEETS)
def test_text_of_pages_stands_out_in_every_scheme(sheet):
    for colours in schemes(sheet):
        told = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS if set(pair) <= set(colours)}
        assert len(told) >= 4
        assert min(told.values()) >= 4.5, told


def test_a_page_has_a_light_a_dark_and_a_printed_scheme():
    light, dark, printed = schemes("report")
    assert lightness(light["paper"]) > 95
    assert lightness(dark["paper"]) < 15
    assert (printed["paper"], printed["raised"], printed["notice"]) == ("#ffffff",) * 3
    assert contrast(dark["edge"], dark["raised"]) >= 3  # what can be pressed has an edge to be seen
    assert contrast(light["edge"], light["raised"]) >= 3


def test_figures_and_pages_share_their_ink():
    for sheet in SHEETS:
        assert schemes(sheet)[0]["ink"] == INK


@pytest.mark.parametrize("eyes", EYES)
def test_the_order_of_lightness_holds_to_every_eye(eyes):
    for colours, least in ((PALETTE, 7), ((RUST, TIER_MARKS["watch"]), 15), (list(TIER_COLOURS.values())[::-1], 4)):
        levels = [lightness(seen_by(eyes, colour)) for colour in colours]
        assert min(b - a for a, b in itertools.pairwise(levels)) > least, levels


def test_marks_of_tiers_are_told_in_grey_and_from_their_shades():
    watch, alarm = lightness(TIER_MARKS["watch"]), lightness(TIER_MARKS["alarm"])
    assert watch - alarm > 15
    for tier in ("watch", "alarm"):
        assert lightness(TIER_COLOURS[tier]) - lightness(TIER_MARKS[tier]) > 15


def test_data_and_text_stand_out_on_every_shade():
    assert min(contrast(INK, shade) for shade in TIER_COLOURS.values()) >= 4.5


def test_classes_of_beats_have_shapes_of_their_own():
    assert len({mark.marker for mark in MARKS.values()}) == len(MARKS)
