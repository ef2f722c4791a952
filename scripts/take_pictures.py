"""Take the pictures of pages that the README shows: many hosts, and an ECG record; with the Chromium of the system."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from offbeat.data.synthetic import server_metrics

N_HOSTS, RECORD = 6, "mitdb/200"
SIZE = {"width": 1000, "height": 720}


def offbeat(folder: Path, *words: str) -> None:
    """Run a command in a folder."""
    subprocess.run([sys.executable, "-m", "offbeat", *words], cwd=folder, check=True)


def write_hosts_page(folder: Path) -> Path:
    """Make the page of a folder of hosts, as the tutorial does."""
    (folder / "hosts").mkdir()
    for number in range(N_HOSTS):
        frame = server_metrics(4000, seed=number).to_frame()
        frame[["cpu"]].to_csv(folder / "hosts" / f"web{number}.csv")
    offbeat(folder, "fit", "hosts/", "--until", "0.4", "--set", "window=24", "--out", "models/hosts")
    offbeat(folder, "report", "hosts/", "--model", "models/hosts", "--out", "page")
    return folder / "page" / "index.html"


def write_record_page(folder: Path) -> Path:
    """Make the page of an ECG record, which must be in ``$OFFBEAT_DATA`` or fetched before."""
    try:
        offbeat(folder, "classify", RECORD, "--out", "200.ofb", "--report", "200.html")
    except subprocess.CalledProcessError:
        sys.exit(
            f"expected the ECG record {RECORD}, and it could not be read: set OFFBEAT_DATA to the folder that holds "
            f"its data set, or run: offbeat data get {RECORD.partition('/')[0]}"
        )
    return folder / "200.html"


def take(page: Path, place: Path) -> None:
    """Take a picture of the top of a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport=SIZE)
        tab.goto(page.as_uri())
        tab.wait_for_timeout(1500)
        tab.screenshot(path=str(place))
        browser.close()


def main() -> None:
    """Take both into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"))
    place = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as made:
        take(write_hosts_page(Path(made)), place / "page-hosts.png")
        take(write_record_page(Path(made)), place / "page-record.png")


if __name__ == "__main__":
    main()
