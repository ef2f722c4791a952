"""Arrow files, also called Feather, as frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.errors import FormatError, failing_as
from offbeat.files.limits import require_room
from offbeat.files.parquet import need_pyarrow

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["arrow_frame"]

_FEATHER_1 = b"FEA1"


def arrow_frame(path: Path) -> pd.DataFrame:
    """Return the table of an Arrow file or stream.

    Raises
    ------
    FormatError
        If it is damaged, or grows beyond the limit for what is packed.
    MissingExtraError
        If pyarrow is not installed.
    """
    need_pyarrow(path)
    from pyarrow import Table, ipc, memory_map

    size, taken, batches = path.stat().st_size, 0, []
    with failing_as(FormatError, f"{path} is no whole Arrow file", "write or download it again"):
        with memory_map(str(path)) as source:
            head = source.read(6)
            source.seek(0)
            if head.startswith(_FEATHER_1):
                raise FormatError(f"{path} is of the first version of Feather: write it again with a newer pyarrow")
            if head == b"ARROW1":
                reader = ipc.open_file(source)
                found = (reader.get_batch(i) for i in range(reader.num_record_batches))
            else:
                reader = ipc.open_stream(source)
                found = iter(reader)
            for batch in found:
                taken += batch.nbytes
                require_room(taken - size, f"the table in {path}", FormatError)
                batches.append(batch)
            frame: pd.DataFrame = Table.from_batches(batches, reader.schema).to_pandas()
        return frame
