import gc
import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# Other work on the machine must not fail a property that holds. OFFBEAT_EXAMPLES=1000 tries harder.
settings.register_profile("ours", deadline=None, max_examples=int(os.environ.get("OFFBEAT_EXAMPLES", "50")))
settings.load_profile("ours")


def pytest_collection_finish():
    """Keep the garbage collector off what lives as long as the tests do: libraries, modules and tests themselves."""
    gc.freeze()


def _need(path: Path | None, what: str) -> Path:
    if path is not None and path.is_dir():
        return path
    message = f"{what} is not on this machine: set OFFBEAT_DATA to the folder that holds the data sets"
    if os.environ.get("OFFBEAT_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)


def _data() -> Path | None:
    folder = os.environ.get("OFFBEAT_DATA")
    return Path(folder) if folder else None


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets; the test is skipped without it (or fails where data is required)."""
    folder = _data()
    return _need(folder if folder and (folder / "ecg5000").is_dir() else None, "real data")


@pytest.fixture(scope="session")
def golden_dir() -> Path:
    """The folder of golden figures, beside that of the data sets."""
    folder = _data()
    return _need(folder.resolve().parent / "golden" if folder else None, "the folder of golden figures")


@pytest.fixture
def hang_guard():
    """Fails a test that takes a minute: a reader must never wait for, or grow with, what a file claims."""

    def stop(*_):
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def browser():
    """Chromium, driven by playwright; the test is skipped where either is missing."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()
