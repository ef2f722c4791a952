"""Classes of other packages, found by their entry points, of which none that fails stops the others."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from offbeat.errors import PluginError, PluginWarning, warn

__all__ = ["Plugin", "load_plugins", "plugins_of"]

T = TypeVar("T")


@dataclass(frozen=True)
class Plugin:
    """What one or more installed packages offer under a name.

    Parameters
    ----------
    kind : str
        What it is, for messages: ``"detector"``.
    entries : tuple of EntryPoint
        One, unless several packages use the same name.
    """

    kind: str
    entries: tuple[EntryPoint, ...]

    @property
    def package(self) -> str:
        """The packages that offer it."""
        return " and ".join(sorted({_package(entry) for entry in self.entries}))

    def load(self, base: type[T], taken: Collection[str]) -> type[T]:
        """Import the class, which runs code of its package.

        Parameters
        ----------
        base : type
            What it is a class of.
        taken : collection of str
            Names that offbeat itself uses.

        Raises
        ------
        PluginError
            If the name is taken, the class cannot be imported, or it is none of that kind and name.
        """
        entry, what = self.entries[0], f"the {self.kind} {self.entries[0].name!r} of the package {self.package}"
        if entry.name in taken:
            raise PluginError(f"{what} cannot be used: offbeat has a {self.kind} of that name, so give it another")
        if len(self.entries) > 1:
            raise PluginError(f"{what} cannot be used: both packages use that name, so uninstall one of them")
        try:
            cls: Any = entry.load()
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"{what} cannot be imported from {entry.value} ({type(error).__name__}: {error}): ask its authors"
            ) from error
        if not (isinstance(cls, type) and issubclass(cls, base) and not inspect.isabstract(cls)):
            raise PluginError(f"{what} cannot be used: {entry.value} is no {base.__name__} with all its methods")
        if vars(cls).get("name") != entry.name:
            raise PluginError(
                f"{what} cannot be used: expected {cls.__name__}.name to be {entry.name!r}, as its entry point is "
                f"called, got {vars(cls).get('name')!r}"
            )
        return cls


def plugins_of(group: str, kind: str) -> Mapping[str, Plugin]:
    """Return what installed packages offer, by name, without importing any of it."""
    return _plugins(group, kind, tuple(sys.path)) if group else {}


def load_plugins(plugins: Mapping[str, Plugin], base: type[T], taken: Collection[str]) -> dict[str, type[T]]:
    """Return the classes of plug-ins by name, see :meth:`Plugin.load`.

    Warns
    -----
    PluginWarning
        Of each that cannot be used; the others are not affected.
    """
    found = {}
    for name, plugin in plugins.items():
        try:
            found[name] = plugin.load(base, taken)
        except PluginError as error:
            warn(str(error), PluginWarning)
    return found


@lru_cache(maxsize=8)
def _plugins(group: str, kind: str, path: tuple[str, ...]) -> Mapping[str, Plugin]:
    """Return the plug-ins on a path; kept, because reading the entry points of all packages takes a while."""
    by_name: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for entry in entry_points(group=group):
        by_name.setdefault(entry.name, {})[_package(entry), entry.value] = entry
    return {name: Plugin(kind, tuple(entries.values())) for name, entries in sorted(by_name.items())}


def _package(entry: EntryPoint) -> str:
    return "unknown" if entry.dist is None else entry.dist.name
