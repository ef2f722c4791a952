"""The site as it is built: strict, alone, searchable from disk, and on a phone."""

import re
import shutil
import subprocess
import sys

import pytest

from pages import ROOT, read

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    done = built(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def phone(browser):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    yield page
    page.close()


def built(root, folder):
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    return subprocess.run(build, cwd=root, capture_output=True, text=True, check=False)


def pages_of(site):
    return sorted(site.rglob("*.html"))


def test_nothing_is_loaded_from_elsewhere(site):
    elsewhere = r"<(?:script|img|iframe)[^>]+src=\"?https?:[^>]*>|<link[^>]+href=\"?https?:[^>]*>"
    assert {
        str(page): found for page in pages_of(site) if (found := re.findall(elsewhere, page.read_text("utf-8")))
    } == {}


def test_the_search_works_for_pages_opened_from_disk(site, phone):
    phone.set_viewport_size({"width": 1280, "height": 800})
    failed = []
    phone.on("requestfailed", lambda request: failed.append(request.url))
    phone.goto((site / "start" / "frame.html").as_uri())
    phone.focus("input[name=query]")
    phone.keyboard.type("threshold")
    phone.wait_for_selector(".md-search-result__item")
    assert "Thresholds" in phone.inner_text(".md-search-result__list")
    assert failed == []


def test_no_page_is_wider_than_a_phone(site, phone):
    widths = {}
    for page in pages_of(site):
        phone.goto(page.as_uri())
        widths[page.name] = phone.evaluate("document.documentElement.scrollWidth")
    assert {name: width for name, width in widths.items() if width > 390} == {}


def test_a_broken_link_fails_the_build(tmp_path):
    for name in ("scripts", "src", "mkdocs.yml"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / "docs" / "large.md").write_text(read("docs/large.md") + "\n[gone](gone.md)\n", encoding="utf-8")
    done = built(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "gone.md" in done.stderr
