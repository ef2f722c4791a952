"""Pages for the public names, in groups, from the one list of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import offbeat

__all__ = ["GROUPS", "MODULES", "Group", "ReferencePage", "group_of", "reference_pages"]


@dataclass(frozen=True)
class Group:
    """Public names that belong together, told by the modules that they come from."""

    title: str
    sentence: str
    modules: tuple[str, ...]

    @property
    def place(self) -> str:
        """The page."""
        return f"reference/{self.title.lower().replace(' ', '-')}.md"


@dataclass(frozen=True)
class ReferencePage:
    """A page of the reference."""

    title: str
    place: str
    text: str


GROUPS = (
    Group(
        "Data",
        "What data is, how it is read, and how it is parted.",
        ("offbeat.series", "offbeat.data", "offbeat.ecg.loading"),
    ),
    Group("Detectors", "They learn from normal data and score what they are shown.", ("offbeat.detectors",)),
    Group(
        "Networks and choice",
        "How networks are trained, a classifier of series, and a detector chosen without labels.",
        ("offbeat.training", "offbeat.classifiers", "offbeat.tuning"),
    ),
    Group("Thresholds", "Rules that turn scores into decisions.", ("offbeat.thresholds",)),
    Group("Events", "What was found: when, how bad, and by which channel.", ("offbeat.events",)),
    Group("Evaluation", "Scores and decisions beside labels.", ("offbeat.metrics", "offbeat.bench")),
    Group(
        "Many series",
        "Panels of many recordings, a model for each, and files larger than memory.",
        ("offbeat.app.panels", "offbeat.app.large_scores", "offbeat.detectors.store", "offbeat.series.panel"),
    ),
    Group(
        "ECG records",
        "Records, their beats, the classes of these, and annotations.",
        ("offbeat.ecg", "offbeat.records", "offbeat.app.record_runs"),
    ),
    Group("Saved models", "Load a model folder, or see what is in it.", ("offbeat.estimators", "offbeat.version")),
    Group("Figures", "The figures of the reports, one function each.", ("offbeat.report",)),
)
# Modules with public names of their own.
MODULES = {
    "offbeat.metrics": "Metrics",
    "offbeat.testing": "Checks for detectors of your own",
}


def group_of(module: str) -> Group:
    """Return the group that the names of a module belong to.

    Raises
    ------
    LookupError
        If there is none: a new room needs a group.
    """
    found = [(prefix, group) for group in GROUPS for prefix in group.modules if f"{module}.".startswith(f"{prefix}.")]
    if not found:
        raise LookupError(f"no group of the reference has {module}: add it to GROUPS")
    return max(found, key=lambda pair: len(pair[0]))[1]


@cache
def reference_pages() -> tuple[ReferencePage, ...]:
    """Return the pages: a list of all names, one for each group, and those of modules."""
    names: dict[Group, list[str]] = {group: [] for group in GROUPS}
    for name in offbeat.__all__:
        names[group_of(offbeat._MODULES[name])].append(name)
    groups = [ReferencePage(group.title, group.place, _group_text(group, of)) for group, of in names.items()]
    modules = [
        ReferencePage(title, f"reference/{name.replace('.', '-')}.md", f"# {title}\n\n::: {name}\n")
        for name, title in MODULES.items()
    ]
    return (ReferencePage("All names", "reference/index.md", _list_text(names)), *groups, *modules)


def _group_text(group: Group, names: list[str]) -> str:
    return f"# {group.title}\n\n{group.sentence}\n\n" + "\n".join(f"::: offbeat.{name}\n" for name in names)


def _list_text(names: dict[Group, list[str]]) -> str:
    lines = ["# All names", "", "What `import offbeat` gives. Each is loaded when it is first used."]
    for group, of in names.items():
        page = group.place.removeprefix("reference/")
        lines += ["", f"**[{group.title}]({page})** — {group.sentence}", ""]
        lines.append(" · ".join(f"[`{name}`][offbeat.{name}]" for name in of))
    return "\n".join(lines) + "\n"
