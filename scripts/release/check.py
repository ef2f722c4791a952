"""Install what is in dist/ into clean environments of every supported Python on this machine, and use it there.

The sdist and the wheel with the core alone, the wheel with [all] or other extras. In each: pip check, every name,
the command, a small job from fit to load, and a piece of work for each extra (see smoke.py).
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from contents import ROOT, version
from environments import Environment, Failed, artefact, interpreters

SMOKE = Path(__file__).with_name("smoke.py")


def supported() -> list[str]:
    """Return the versions of Python that the package names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [each for name in project["classifiers"] for each in re.findall(r"Python :: (3\.\d+)$", name)]


def main() -> None:
    """Print a row for each environment; end with 1 where one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pythons", nargs="*", help="versions such as 3.12; all supported ones without")
    parser.add_argument("--extras", nargs="+", default=["core", "all"], help="core, all, or extras such as ecg,report")
    asked = parser.parse_args()
    wanted = asked.pythons or supported()
    found = interpreters(wanted)
    missing = [python for python in wanted if python not in found]
    print("| Python | installed | size | install | use | |\n|---|---|---|---|---|---|", flush=True)
    failed = [_row(found[python], python, extras, kind) for python in found for extras, kind in _kinds(asked.extras)]
    for python in missing:
        print(f"Python {python} is not on this machine: not checked")
    if any(failed) or not found or (asked.pythons and missing):
        sys.exit(1)


def _kinds(extras: list[str]) -> list[tuple[str, str]]:
    """Return what is installed: the core from both, extras from the wheel, which is what an sdist becomes."""
    return [
        pair for each in extras for pair in ([("", "sdist"), ("", "wheel")] if each == "core" else [(each, "wheel")])
    ]


def _row(interpreter: Path, python: str, extras: str, kind: str) -> bool:
    """Print how one environment does; return whether it failed."""
    fault, begun = "", time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="offbeat-check-") as folder:
        environment = Environment(Path(folder) / "environment")
        try:
            environment.make(interpreter, artefact(".whl" if kind == "wheel" else ".tar.gz"), extras)
            size, installed = environment.size() / 1e6, time.perf_counter()
            told = environment.run(environment.python, "-I", "-P", SMOKE, version(), extras).strip()
        except Failed as error:
            print(f"| {python} | {kind}, {extras or 'core'} | | | | failed |", flush=True)
            fault = str(error)
        else:
            install, use = installed - begun, time.perf_counter() - installed
            what = (
                f"| {python} | {kind}, {extras or 'core'} | {size:,.0f} MB | {install:.0f} s | {use:.0f} s | {told} |"
            )
            print(what, flush=True)
    if fault:
        print(fault, file=sys.stderr)
    return bool(fault)


if __name__ == "__main__":
    main()
