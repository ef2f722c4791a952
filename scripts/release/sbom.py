"""Write which packages the wheel in dist/ brings, for the core and for [all]: CycloneDX, as JSON, beside it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from contents import version
from environments import Environment, artefact


def main() -> None:
    """Install the wheel into clean environments, and write what is in them then."""
    wheel = artefact(".whl")
    for extras, name in (("", "core"), ("all", "all")):
        place = wheel.parent / f"offbeat-{version()}-{name}.cdx.json"
        with tempfile.TemporaryDirectory(prefix="offbeat-sbom-") as folder:
            environment = Environment(Path(folder) / "environment")
            environment.make(Path(sys.executable), wheel, extras)
            write = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
            subprocess.run([*write, "-o", place, environment.python], check=True)
        print(f"wrote {place.name}")


if __name__ == "__main__":
    main()
