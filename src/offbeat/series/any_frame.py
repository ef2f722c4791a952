"""Frames and series of any library: read through narwhals as pandas ones, and results handed back in kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import MissingExtraError

__all__ = ["as_pandas", "like"]


def as_pandas(data: Any) -> Any:
    """Return a frame or series of any library as one of pandas, a tensor as an array; anything else as it is.

    Parameters
    ----------
    data : Any
        A frame or series of pandas, polars, pyarrow, Modin, cuDF or another library that narwhals knows; lazy frames
        are collected. Of xarray, an array of one or two axes, whose axis of times becomes the index, or a data set. Of
        PyTorch, a tensor on any device, with or without gradients.

    Raises
    ------
    MissingExtraError
        If the library needs another one for that, such as polars pyarrow, and it is not installed.

    Examples
    --------
    >>> import pyarrow
    >>> as_pandas(pyarrow.table({"load": [0.5, None]}))["load"].tolist()
    [0.5, nan]
    >>> as_pandas([0.5, 0.7])
    [0.5, 0.7]
    """
    library = type(data).__module__.partition(".")[0]
    if library in _CONVERTED:
        return _CONVERTED[library](data)
    wrapped = _wrapped(data)
    if wrapped is None:
        return data
    try:
        return (wrapped.collect() if hasattr(wrapped, "collect") else wrapped).to_pandas()
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"a frame of type {type(data).__name__} is read through {error.name}: pip install {error.name}"
        ) from error


def like(data: Any, found: npt.NDArray[Any], name: str) -> Any:
    """Return one value for each row of ``data`` as a series of the same library; as they are where it is no frame.

    Parameters
    ----------
    data : Any
        What was scored. A series of pandas has the index of the frame; of lazy frames the values come as an array.
    found : array of shape (n_rows,)
        One value for each row.
    name : str
        What to call the series, where the library gives series a name.

    Examples
    --------
    >>> import pyarrow
    >>> like(pyarrow.table({"load": [0.5, 0.7]}), np.array([0.1, 0.9]), "score").to_pylist()
    [0.1, 0.9]
    """
    if isinstance(data, pd.DataFrame | pd.Series):
        return pd.Series(found, index=data.index, name=name)
    wrapped = _wrapped(data)
    if wrapped is None or hasattr(wrapped, "collect"):
        return found
    import narwhals as nw

    return nw.new_series(name, found, backend=wrapped.implementation).to_native()


def _of_torch(data: Any) -> Any:
    if not hasattr(data, "detach"):
        return data
    plain = data.detach().cpu()
    # NumPy has no numbers of the kind that half of the networks compute with.
    return (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()


def _of_xarray(data: Any) -> Any:
    if hasattr(data, "data_vars"):
        return data.to_dataframe()
    if data.ndim not in (1, 2):
        return data.values
    times = [name for name in data.dims if name in data.coords and data[name].dtype.kind == "M"]
    first = times or [name for name in data.dims if str(name).lower() == "time"]
    return data.transpose(*first, ...).to_pandas()


_CONVERTED = {"torch": _of_torch, "xarray": _of_xarray}
"""By the name of the library; none of them is imported for it."""


def _wrapped(data: Any) -> Any:
    """Return a frame or series of another library than pandas as narwhals sees it; None for anything else."""
    if data is None or isinstance(data, pd.DataFrame | pd.Series | np.ndarray | list | tuple):
        return None
    import narwhals as nw

    found = nw.from_native(data, pass_through=True, allow_series=True)
    return None if found is data else found
