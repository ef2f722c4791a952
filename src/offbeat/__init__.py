"""Find what is off in time series, heartbeats first.

Learn what normal looks like, score, threshold, explain and report what is not. Names are loaded when first used, so
that ``import offbeat`` is quick and torch is only loaded by what needs it.

Examples
--------
>>> import offbeat
>>> curves = offbeat.load_data("synthetic-curves")
>>> detector = offbeat.PCADetector().fit(curves.where("normal"))
>>> int(detector.predict(curves.where("high")).min())
1
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any


def _modules_by_name() -> dict[str, str]:
    """Return which module each public name comes from, as the stub beside this file imports it."""
    stub = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    imports = [node for node in ast.parse(stub).body if isinstance(node, ast.ImportFrom)]
    modules = {alias.name: str(node.module) for node in imports for alias in node.names}
    return dict(sorted(modules.items(), key=_constants_classes_functions))


def _constants_classes_functions(item: tuple[str, str]) -> tuple[bool, bool, str]:
    name, _ = item
    return not name.isupper(), not name[0].isupper(), name


# One list for editors, type checkers and this module: a name is added to the stub, and nowhere else.
_IMPORTED = _modules_by_name()
_WHOLE = [name for name, module in _IMPORTED.items() if module == "offbeat"]
"""Modules that are public as a whole."""
_MODULES = {name: module for name, module in _IMPORTED.items() if name not in _WHOLE}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name in _WHOLE:
        return importlib.import_module(f"offbeat.{name}")
    if name not in _MODULES:
        from offbeat.words import did_you_mean

        meant = did_you_mean(name, __all__)
        raise AttributeError(f"module 'offbeat' has no attribute {name!r}{': ' * bool(meant)}{meant.strip()}")
    value = globals()[name] = getattr(importlib.import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_IMPORTED})
