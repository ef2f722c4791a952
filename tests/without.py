"""Runs code in a process that cannot import some packages, as where they are not installed."""

import subprocess
import sys
import textwrap

_REFUSING = """
import sys

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refusing())
"""


def run_without(packages, code, folder):
    """Run code in a folder without some packages; return what it printed."""
    script = _REFUSING.format(packages=set(packages)) + textwrap.dedent(code)
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout
