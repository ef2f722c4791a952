"""Damaged inputs of every kind end in a right result or in one sentence, soon, and within bounded memory.

``OFFBEAT_FUZZ`` is how many cases each kind is tried with, ``OFFBEAT_FUZZ_SEED`` the first of them; ``make fuzz`` runs
many. A failure names its case; ``OFFBEAT_FUZZ_CASE=12`` runs that one alone.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

import pytest

from fuzz.targets import TARGETS, Target, damage_one
from offbeat.errors import OffbeatError

CASES = int(os.environ.get("OFFBEAT_FUZZ", "80"))
SEED = int(os.environ.get("OFFBEAT_FUZZ_SEED", "0"))
ONLY = os.environ.get("OFFBEAT_FUZZ_CASE")
SECONDS = 10
BYTES = 2 << 30
LONGEST = 500
RIGHT = ("read", "refused")


class TooSlow(BaseException):
    """Not to be caught by what is tried."""


@contextmanager
def bounded() -> Iterator[None]:
    """Stop what takes too long, and refuse it more memory than it may have."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {SECONDS} s")

    had, before = resource.getrlimit(resource.RLIMIT_AS), signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + BYTES, had[1]))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, had)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def outcome(target: Target, random: Random, valid: Path, work: Path) -> str:
    """Return "read" or "refused", or what is wrong with how it ended."""
    try:
        with bounded(), warnings.catch_warnings():
            # What a damaged file is noted for, or what NumPy thinks of its values, is not what is looked at here.
            warnings.simplefilter("ignore")
            target.use(random, damage_one(target, random, valid, work))
    except OffbeatError as error:
        message = str(error)
        right = message and len(message) <= LONGEST and message.isprintable()
        return "refused" if right else f"not one readable sentence: {message!r}"
    except (Exception, TooSlow) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error)[:300]}"
    return "read"


@pytest.fixture(scope="module")
def valid_inputs(tmp_path_factory):
    """Return the folder of valid inputs that a function makes, made once."""
    made = {}

    def folder(make):
        if make not in made:
            made[make] = tmp_path_factory.mktemp("valid")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                make(made[make])
        return made[make]

    return folder


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is bounded by what /proc tells")
@pytest.mark.parametrize("kind", TARGETS)
def test_damaged_input(kind, valid_inputs, tmp_path):
    target, valid, work = TARGETS[kind], valid_inputs(TARGETS[kind].make), tmp_path / "work"
    counts: Counter[str] = Counter()
    wrong = []
    for case in [int(ONLY)] if ONLY else range(SEED, SEED + CASES):
        ended = outcome(target, Random(f"{kind} {case}"), valid, work)
        counts[ended] += 1
        if ended not in RIGHT:
            wrong.append(f"{kind}, case {case}: {ended}")
        shutil.rmtree(work)
    print(f"{kind}: tried {counts.total()}, failed {len(wrong)} ({', '.join(f'{counts[way]} {way}' for way in RIGHT)})")  # noqa: T201
    assert not wrong, "\n".join(wrong[:20])
    if not ONLY and CASES >= 100:
        assert counts["read"], "whatever came was refused"
        assert counts["refused"] or not target.refuses, "nothing was damaged enough to be refused"


@pytest.mark.parametrize("kind", TARGETS)
def test_the_valid_inputs_are_read(kind, valid_inputs):
    target = TARGETS[kind]
    for file in target.files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.use(FirstOfAll(), valid_inputs(target.make) / file)


class FirstOfAll(Random):
    """Draws the first of everything."""

    def choice(self, seq):
        return seq[0]

    def random(self):
        return 1.0
