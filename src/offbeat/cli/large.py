"""What ``offbeat score`` does where DATA is a large Parquet file: a thin call of :mod:`offbeat.app.large_scores`."""

from __future__ import annotations

from pathlib import Path

from offbeat.app.request import PanelRequest, Request
from offbeat.cli.output import print_note, print_notice, print_progress, print_written, progress_bar, write_json
from offbeat.errors import ParameterError

__all__ = ["is_large", "score_large"]

_PARQUET = ".parquet"


def is_large(request: Request, wanted: PanelRequest, out: Path | None) -> bool:
    """Return whether DATA is a Parquet file that is to be scored in parts.

    Raises
    ------
    ParameterError
        If it is, but its scores would go to something else than Parquet.
    """
    path = Path(request.data)
    if path.suffix.lower() != _PARQUET or not path.is_file():
        return False
    from offbeat.app.large_scores import is_large_file

    if not wanted.names_workers and not is_large_file(path):
        return False
    if out is None or out.suffix.lower() not in ("", _PARQUET):
        raise ParameterError("the scores of a large file go to a .parquet file, or a folder of them: name it (--out)")
    return True


def score_large(
    request: Request, wanted: PanelRequest, model: Path, out: Path | None, scale: str, json: Path | None
) -> None:
    """Score a Parquet file in parts, several at a time."""
    from offbeat.app.executors import executor_of
    from offbeat.app.large_scores import score_file_with
    from offbeat.app.loading import reading_options
    from offbeat.app.places import check_places
    from offbeat.words import notice_for

    assert out is not None  # see is_large
    joined = out.suffix.lower() == _PARQUET
    check_places(
        {"json": json, **({"out": out} if joined else {})}, request, model=model, folders={} if joined else {"out": out}
    )
    executor, options = executor_of(wanted), reading_options(request)
    with progress_bar(f"scoring {request.data}") as progress:
        found = score_file_with(
            model, request.data, out, options, scale=scale, executor=executor, log=print_note, progress=progress
        )
    write_json(json, {"notice": notice_for(*found.domains), **found.to_dict()})
    if found.n_kept:
        print_progress(f"{found.n_kept:,} of {found.n_parts:,} parts had been scored by an earlier run")
    print_progress(f"wrote {out}: {found.n_times:,} time steps, {found.n_flagged:,} flagged")
    print_notice(*found.domains)
    print_written(json)
