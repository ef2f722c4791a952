"""Parquet files as frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.errors import FormatError, MissingExtraError, failing_as
from offbeat.files.limits import require_room

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["need_pyarrow", "parquet_frame"]

_CELL = 8


def parquet_frame(path: Path) -> pd.DataFrame:
    """Return the table of a Parquet file.

    Raises
    ------
    FormatError
        If the file is damaged, or its few bytes claim to hold a large table.
    MissingExtraError
        If pyarrow is not installed.
    """
    need_pyarrow(path)
    from pyarrow import Table, parquet

    with failing_as(FormatError, f"{path} is no whole Parquet file", "write or download it again"):
        with parquet.ParquetFile(path) as file:
            size, claimed = path.stat().st_size, file.metadata.num_rows * file.metadata.num_columns * _CELL
            what = f"the table in {path}"
            require_room(claimed - size, what, FormatError)
            batches, taken = [], 0
            # Text may repeat what stands once in the file, so it is weighed as it comes.
            for batch in file.iter_batches(batch_size=512):
                taken += batch.nbytes
                require_room(taken - size, what, FormatError)
                batches.append(batch)
            table = Table.from_batches(batches, file.schema_arrow)
        frame: pd.DataFrame = table.to_pandas()
        return frame


def need_pyarrow(path: Path) -> None:
    """Say which extra is missing where there is no pyarrow.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"{path.name} needs pyarrow, which is not installed: pip install 'offbeat[parquet]', or choose .csv"
        ) from error
