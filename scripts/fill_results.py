"""Write the tables of the pages anew from the files of results, see ``website/results.py``."""

from __future__ import annotations

from pathlib import Path

from offbeat.cli.output import print_written
from website.results import filled

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write each page whose tables are not those of the files."""
    for page in [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("README*.md"))]:
        text = page.read_text(encoding="utf-8")
        if (new := filled(text)) != text:
            page.write_text(new, encoding="utf-8")
            print_written(page)


if __name__ == "__main__":
    main()
