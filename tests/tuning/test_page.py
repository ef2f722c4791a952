"""The page on choices without labels."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "tuning.md").read_text(encoding="utf-8")


def test_its_example_runs(capsys):
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.S | re.M)
    seen = {}
    exec(compile(example, "tuning.md", "exec"), seen)
    suggestion = seen["suggestion"]
    assert capsys.readouterr().out.startswith(suggestion.reason)
    assert seen["model"].name == suggestion.detector.name
