"""``offbeat help``: what a command, a detector, a rule of thresholds or a word is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from offbeat.cli.output import print_data, print_tables
from offbeat.errors import ParameterError
from offbeat.words import did_you_mean


def explain(
    ctx: typer.Context,
    topic: Annotated[
        list[str] | None, typer.Argument(metavar="TOPIC", help="What to explain; without it, what there is.")
    ] = None,
) -> None:
    """Explain a command, a detector, a rule of thresholds, or a word: offbeat help fit, … pca, … budget, … window."""
    from offbeat.app.topics import Topics

    root, words, topics = ctx.find_root(), topic or [], Topics()
    if not words:
        print_data(root.get_help())
        print_tables(topics.tables())
        return
    name = " ".join(words)
    command = _command(root.command, words)
    text = topics.text(name)
    if command is None and not text:
        known = [*_names(root.command), *topics.names()]
        raise ParameterError(
            f"expected a command, a detector, a rule of thresholds or a word of the glossary, got {name!r}: "
            f'{did_you_mean(name, known)}see "offbeat help"'
        )
    if command is not None:
        with command.make_context(f"{root.info_name} {name}", ["--help"], resilient_parsing=True) as inner:
            print_data(inner.get_help())
    if text:
        print_data(text)


def _command(group: Any, words: list[str]) -> Any:
    """Return the command that words name, None where there is none."""
    found = group
    for word in words:
        found = getattr(found, "commands", {}).get(word)
    return found


def _names(group: Any) -> list[str]:
    return list(getattr(group, "commands", {}))
