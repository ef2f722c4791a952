"""The pages that are made when the site is built."""

import re

import pytest

import offbeat
from pages import ROOT
from website.command_pages import command_page, commands
from website.links import INCLUDED, relink
from website.public_names import GROUPS, group_of, reference_pages
from website.roles import as_markdown


def test_no_public_name_is_missing():
    shown = [name for page in reference_pages() for name in re.findall(r"^::: offbeat\.(\w+)$", page.text, flags=re.M)]
    named = [name for name in shown if name in offbeat.__all__]
    assert sorted(named) == sorted(offbeat.__all__)


def test_the_list_links_to_every_name():
    (index,) = (page for page in reference_pages() if page.place == "reference/index.md")
    assert set(re.findall(r"\]\[offbeat\.(\w+)\]", index.text)) == set(offbeat.__all__)


def test_every_group_has_names():
    groups = {group_of(offbeat._MODULES[name]) for name in offbeat.__all__}
    assert groups == set(GROUPS)


def test_a_module_without_a_group_is_an_error():
    with pytest.raises(LookupError, match="no group"):
        group_of("offbeat.attic.trunk")


def test_every_command_has_a_heading_and_all_its_options():
    page = command_page()
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, flags=re.S | re.M))
    assert sections.keys() == commands().keys()
    for typed, command in commands().items():
        for option in (name for each in command.params if not each.hidden for name in each.opts):
            assert f"`{option}`" in sections[typed] or option.upper() in sections[typed].upper(), (typed, option)


@pytest.mark.parametrize(
    ("text", "origin", "place", "expected"),
    [
        ("[a](panels.md)", "docs/large.md", "large.md", "[a](panels.md)"),
        ("[a](docs/panels.md#x)", "CHANGELOG.md", "changelog.md", "[a](panels.md#x)"),
        ("[a](../CONTRIBUTING.md)", "docs/plugins.md", "plugins.md", "[a](contributing.md)"),
        ("[a](../../src/x.py)", "docs/how-to/ecg.md", "how-to/ecg.md", "[a](https://host/src/x.py)"),
        ("[a](../images/x.png)", "docs/how-to/ecg.md", "how-to/ecg.md", "[a](../images/x.png)"),
        ("[a](../notebooks/x.ipynb)", "docs/start/y.md", "start/y.md", "[a](../notebooks/x.md)"),
        ("[a](https://x.org/y.md) [b](#c)", "docs/a.md", "a.md", "[a](https://x.org/y.md) [b](#c)"),
    ],
)
def test_links_are_turned(text, origin, place, expected):
    assert relink(text, origin, place, source="https://host/") == expected


def test_included_files_are_there():
    assert [name for name in INCLUDED if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":class:`~offbeat.events.Event`", "[`Event`][offbeat.Event]"),
        (":func:`evaluate`", "[`evaluate`][offbeat.evaluate]"),
        (":class:`~offbeat.detectors.networked.Networked`", "`Networked`"),
        ("``x = 1``", "`x = 1`"),
    ],
)
def test_roles_become_links(text, expected):
    assert as_markdown(text) == expected


def test_a_notebook_becomes_a_page_with_its_pictures(tmp_path):
    nbformat, _ = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    from website.notebooks import notebook_page

    cell = nbformat.v4.new_code_cell("1 + 1")
    cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), cell])
    nbformat.write(notebook, tmp_path / "sums.ipynb")
    text, pictures = notebook_page(tmp_path / "sums.ipynb")
    assert text.lstrip().startswith("# Title")
    assert "```python\n1 + 1\n```" in text
    ((name, content),) = pictures.items()
    assert f"]({name})" in text
    assert name.startswith("sums-")
    assert content.startswith(b"\x89PNG")
