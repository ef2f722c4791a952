"""Files that people try and that hold no table: what they are, by their first bytes, and what to do instead."""

from __future__ import annotations

__all__ = ["what_else"]

_FOREIGN: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF", 0, "a PDF, a picture of the data: export the data itself"),
    (b"\x89PNG", 0, "a picture: export the data itself"),
    (b"\xff\xd8\xff", 0, "a picture: export the data itself"),
    (b"GIF8", 0, "a picture: export the data itself"),
    (b"\x89HDF", 0, "HDF5 or MATLAB 7.3: save it as CSV, Parquet or .npy"),
    (b"MATLAB 5.0", 0, "a MATLAB file: save it as CSV or .npy"),
    (b"\xd0\xcf\x11\xe0", 0, "an Excel workbook of before 2007 (.xls): save it as .xlsx or CSV"),
    (b"RIFF", 0, "a sound file (WAV): save its samples as CSV or .npy"),
    (b"TDSm", 0, "a LabVIEW file (TDMS): export it as CSV"),
    (b"Obj\x01", 0, "Avro: save it as Parquet or CSV"),
    (b"ORC", 0, "ORC: save it as Parquet or CSV"),
    (b"CDF\x01", 0, "NetCDF: save it as CSV or Parquet"),
    (b"CDF\x02", 0, "NetCDF: save it as CSV or Parquet"),
    (b"RDX", 0, "a file of R (.rda): write it with write.csv"),
    (b"MDF     ", 0, "a measurement file (MDF): export it as CSV or Parquet"),
    (b"\x28\xb5\x2f\xfd", 0, "packed by zstd: unpack it, or pack it by gzip"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive: unpack it"),
    (b"Rar!", 0, "a RAR archive: unpack it"),
    (b"ustar", 257, "a tar archive: unpack it"),
    (b"\x80\x04\x95", 0, "a pickle, which may run code and is never read: save it as Parquet, CSV or .npz"),
    (b"\x80\x05\x95", 0, "a pickle, which may run code and is never read: save it as Parquet, CSV or .npz"),
)
"""How they begin, where, and what they are."""


def what_else(head: bytes) -> str:
    """Return what a file is that begins so and holds no table, and what to do; empty where it is none of these.

    Examples
    --------
    >>> what_else(b"%PDF-1.7"), what_else(b"time,load")
    ('a PDF, a picture of the data: export the data itself', '')
    """
    return next((what for mark, place, what in _FOREIGN if head[place:].startswith(mark)), "")
