"""Parquet files are read as pandas reads them, and no further than the stated limit."""

import numpy as np
import pandas as pd
import pytest

from offbeat.errors import FormatError
from offbeat.files.parquet import parquet_frame

pa = pytest.importorskip("pyarrow")


@pytest.mark.parametrize("n_rows", [0, 1, 2000])
def test_a_frame_comes_back_as_pandas_would_read_it(tmp_path, n_rows):
    frame = pd.DataFrame(
        {
            "a": np.arange(n_rows) / 3,
            "s": ["x", "y"] * (n_rows // 2) + ["z"] * (n_rows % 2),
            "c": pd.Categorical(["u"] * n_rows),
            "i": pd.array([None] * n_rows, dtype="Int64"),
        },
        index=pd.date_range("2024-01-01", periods=n_rows, freq="s", tz="Europe/Berlin", name="when"),
    )
    frame.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(parquet_frame(tmp_path / "t.parquet"), pd.read_parquet(tmp_path / "t.parquet"))


def test_many_rows_in_few_bytes_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": np.zeros(1_000_000, dtype=np.int8)}).to_parquet(path)
    assert len(parquet_frame(path)) == 1_000_000
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "1000000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        parquet_frame(path)


def test_text_that_stands_once_and_is_repeated_is_refused(tmp_path, monkeypatch):
    from pyarrow import parquet

    path = tmp_path / "t.parquet"
    text = pa.array(["x" * 10_000]).dictionary_encode().take(pa.array([0] * 3000))
    parquet.write_table(pa.table({"a": text}), path, store_schema=False)
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "10000000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        parquet_frame(path)
