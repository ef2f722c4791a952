"""A release is one version, holds the package and nothing else, and brings what the pages promise."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

import offbeat
from pages import ROOT, read
from release.contents import tracked, unlike, version

PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def heading():
    """Version and day of the newest release in the changes."""
    return re.findall(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), flags=re.M)[0]


def test_one_version_everywhere():
    assert re.fullmatch(r"\d+\.\d+\.\d+", offbeat.__version__)
    assert version() == offbeat.__version__
    newest, day = heading()
    assert newest == offbeat.__version__
    citation = read("CITATION.cff")
    assert f"\nversion: {newest}\n" in citation
    assert f"\ndate-released: {day}\n" in citation


def built(folder, kind):
    """A distribution of the files as they are here."""
    pytest.importorskip("hatchling", reason="hatchling builds the package")
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    builder = {"wheel": WheelBuilder, "sdist": SdistBuilder}[kind](str(ROOT))
    (path,) = builder.build(directory=str(folder), versions=["standard"])
    return type(ROOT)(path)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_distribution_holds_the_package_and_nothing_else(kind, tmp_path):
    assert unlike(built(tmp_path, kind), tracked()) == []


def test_what_is_missing_and_what_is_too_much_is_named(tmp_path):
    wheel = built(tmp_path, "wheel")
    one_less, one_more = tracked() - {"src/offbeat/py.typed"}, tracked() | {"src/offbeat/gone.css"}
    assert unlike(wheel, one_less) == [f"{wheel.name} holds src/offbeat/py.typed, which is no part of it"]
    assert unlike(wheel, one_more) == [f"{wheel.name} lacks src/offbeat/gone.css"]


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_distribution_comes_out_the_same_whoever_builds_it(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = built(tmp_path / "first", kind)
    before = os.umask(0o077)
    try:
        second = built(tmp_path / "second", kind)
    finally:
        os.umask(before)
    assert first.read_bytes() == second.read_bytes()


def table_of_extras():
    """Each extra that the page on installing names, and what stands beside it."""
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.+) \|$", read("docs/start/install.md"), flags=re.M)
    return {name: text for names, text in rows for name in re.findall(r"\w+", names)}


def extras_in(name):
    """The extras that an extra is made of."""
    found = [Requirement(each) for each in EXTRAS[name]]
    return set().union(*(each.extras for each in found if each.name == "offbeat"))


def test_the_page_on_installing_names_every_extra():
    assert table_of_extras().keys() == EXTRAS.keys() - {"dev"}


def test_the_extra_all_is_what_the_page_says():
    outside = {name for name, text in table_of_extras().items() if "not in `all`" in text}
    assert extras_in("all") == table_of_extras().keys() - outside - {"all", "docs"}


def test_every_extra_of_an_error_is_there():
    sources = "".join((ROOT / name).read_text(encoding="utf-8") for name in tracked() if name.endswith(".py"))
    named = {name for names in re.findall(r"offbeat\[([\w,]+)\]", sources) for name in names.split(",")}
    assert len(named) > 10
    assert named <= EXTRAS.keys()


@pytest.mark.slow
def test_what_a_release_is_tried_with_works_here(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts' / 'release')!r}); import smoke\n"
    code += "assert len(smoke.extras_in(['all']) & smoke.PROMISES.keys()) == len(smoke.PROMISES)\n"
    code += "for piece in (smoke.use_job, *smoke.PROMISES.values()): piece()\n"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=tmp_path)
