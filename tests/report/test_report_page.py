import base64
import re
import stat
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from offbeat.errors import OutputError
from offbeat.report import (
    Fact,
    Picture,
    Section,
    class_counts,
    comparison,
    loss_curves,
    reconstructions,
    save_figure,
    scores_by_class,
    write_page,
)
from offbeat.report.page import _LARGEST_SVG
from offbeat.tables import Table

HOSTILE = "<script>alert('x')</script> & $\\frac$"
VOID = {"meta", "img", "br", "wbr"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; every tag must be closed in turn."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


def write(tmp_path, **changes):
    table = Table(
        "Kept " + HOSTILE, ["part", "n", "share"], [["train", 10, 0.5], [HOSTILE, None, None]], ["", "", ".1%"]
    )
    picture = Picture(loss_curves({"loss": [2, 1]}), "Loss " + HOSTILE, 'The "loss" ' + HOSTILE)
    settings = {
        "title": "Beats " + HOSTILE,
        "summary": ["One.", HOSTILE],
        "facts": [Fact("AUROC", "0.996", "of 4")],
        "sections": [Section("Scores " + HOSTILE, "First.\n\nSecond " + HOSTILE, [table], [picture]), Section("Empty")],
        "notice": "Research software, not a medical device.",
        "version": "1.2.3",
        "command": "offbeat report " + HOSTILE,
    }
    path = write_page(tmp_path / "new" / "page.html", **(settings | changes))
    return path.read_text(encoding="utf-8")


def test_page_is_whole_and_holds_what_was_given(tmp_path):
    html = write(tmp_path)
    page = Page(html)
    text = " ".join("".join(page.text).split())
    for words in (
        "One.",
        "AUROC 0.996 of 4",
        "not a medical device",
        "First.",
        "Second",
        "50.0%",
        "offbeat 1.2.3",
        HOSTILE,
    ):
        assert words.replace(" ", "") in text.replace(" ", "")
    assert page.all("html") == [{"lang": "en"}]
    assert [attributes["href"] for attributes in page.all("a")] == ["#content", "#section-1", "#section-2"]
    assert {link.lstrip("#") for link in page.values("href")} <= set(page.values("id"))
    assert len(page.values("id")) == len(set(page.values("id")))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]


def test_page_needs_nothing_from_elsewhere(tmp_path):
    html = write(tmp_path)
    page = Page(html)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert all(address.startswith("data:image/") for address in page.values("src"))
    assert not re.search(r"https?://|url\(|@import", html)


def test_page_escapes_every_text(tmp_path):
    html = write(tmp_path, notice=HOSTILE, facts=[Fact(HOSTILE, HOSTILE, HOSTILE)])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 12
    assert Page(html).all("img")[0]["alt"] == 'The "loss" ' + HOSTILE


def test_tables_have_scopes_and_numbers_flush_right(tmp_path):
    page = Page(write(tmp_path))
    heads = page.all("th")
    assert [head["scope"] for head in heads] == ["col"] * 3 + ["row"] * 2
    assert [head.get("class") for head in heads] == [None, "number", "number", None, None]
    assert {cell.get("class") for cell in page.all("td")} == {"number"}


def test_what_is_not_given_leaves_no_empty_box(tmp_path):
    bare = Page(write(tmp_path, notice="", facts=[], sections=[], version="", command="", summary=[]))
    present = {tag for tag, _ in bare.tags}
    assert not {"dl", "nav", "section", "code"} & present
    assert "notice" not in bare.values("class")


def test_pictures_are_svg_with_text_where_small_and_png_where_large(tmp_path):
    noise = np.random.default_rng(0).normal(size=(2, 12, 1, 400))
    large = reconstructions(noise[0], noise[1], np.arange(12))
    sections = [Section("S", figures=[Picture(figure, "c", "a") for figure in (loss_curves({"loss": [2, 1]}), large)])]
    small_image, large_image = Page(write(tmp_path, sections=sections)).all("img")
    kind, _, content = small_image["src"].partition(";base64,")
    svg = base64.b64decode(content)
    assert kind == "data:image/svg+xml"
    assert len(svg) < _LARGEST_SVG
    assert "training loss" in "".join(ElementTree.fromstring(svg).itertext())
    assert large_image["src"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert (large_image["width"], int(large_image["height"]) > 400) == ("864", True)


def test_ten_figures_stay_below_three_megabytes(tmp_path, beats):
    rng = np.random.default_rng(0)
    dense = reconstructions(beats.values[:16], beats.values[1:17], np.arange(16), np.abs(beats.values[:16]))
    strip = scores_by_class(rng.gamma(2, 1, 5000), rng.integers(0, 5, 5000))
    html = write(tmp_path, sections=[Section("S", figures=[Picture(figure, "c", "a") for figure in (dense, strip)])])
    assert 5 * len(html) < 3_000_000


def test_page_is_the_same_every_time(tmp_path):
    assert write(tmp_path) == write(tmp_path)


@pytest.mark.parametrize(
    ("name", "begins"), [("hist.png", b"\x89PNG"), ("hist.svg", b"<?xml"), ("HIST.PNG", b"\x89PNG")]
)
def test_save_figure_goes_by_the_ending_of_a_name_that_has_one(name, begins, tmp_path):
    assert save_figure(loss_curves({"loss": [2, 1]}), tmp_path / name) == [tmp_path / name]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_figure_is_laid_out_once_for_all_its_pictures_and_keeps_its_layout(tmp_path, beats, monkeypatch):
    figure = class_counts(beats)
    layout, seen = figure.get_layout_engine(), []
    real = type(layout).execute
    monkeypatch.setattr(type(layout), "execute", lambda self, drawn: (seen.append(drawn), real(self, drawn)))
    save_figure(figure, tmp_path / "classes")
    assert seen == [figure]
    assert figure.get_layout_engine() is layout
    figure.set_size_inches(3, 3)
    save_figure(figure, tmp_path / "classes.png")
    assert seen == [figure, figure]


def test_save_figure_writes_png_and_svg_of_equal_bytes_every_time(tmp_path, beats):
    figure = class_counts(beats)
    first = save_figure(figure, tmp_path / "deep" / "ucr.119")
    assert [path.name for path in first] == ["ucr.119.png", "ucr.119.svg"]
    before = [path.read_bytes() for path in first]
    again = [path.read_bytes() for path in save_figure(class_counts(beats), tmp_path / "deep" / "ucr.119")]
    assert before == again
    assert before[0].startswith(b"\x89PNG\r\n")
    assert int.from_bytes(before[0][16:20]) == 9 * 150
    root = ElementTree.fromstring(before[1])
    assert root.tag.endswith("svg")
    assert "ectopic <b>beat</b>" in "".join(root.itertext())
    assert b"<b>" not in before[1]
    assert b"dc:date" not in before[1]
    assert sorted(path.name for path in first[0].parent.iterdir()) == ["ucr.119.png", "ucr.119.svg"]


def test_dollar_signs_in_names_are_text(tmp_path):
    figure = comparison([("$\\frac", 0.9, 0.8, 0.95, False), (HOSTILE, 0.8, 0.7, 0.9, True)])
    svg = save_figure(figure, tmp_path / "f")[1]
    text = "".join(ElementTree.parse(svg).getroot().itertext())
    assert "$\\frac" in text
    assert HOSTILE in text
    assert "<script" not in svg.read_text(encoding="utf-8")


def test_a_failing_write_is_one_error_and_leaves_nothing(tmp_path):
    figure = loss_curves({"loss": [2, 1]})
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match=r"taken.*cannot be written"):
        save_figure(figure, tmp_path / "taken" / "f")
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OutputError, match=r"page\.html cannot be written"):
        write_page(tmp_path / "page.html", title="", summary=[], sections=[])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "taken"]


def test_an_older_page_survives_a_failing_write(tmp_path, monkeypatch):
    write(tmp_path)
    before = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write(tmp_path, title="newer")
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8") == before
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_files_have_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_text("")
    png, _ = save_figure(loss_curves({"loss": [2, 1]}), tmp_path / "f")
    assert stat.S_IMODE(png.stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)
