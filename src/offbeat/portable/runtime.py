"""A network as ONNX, run by ONNX Runtime on NumPy arrays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError, failing_as
from offbeat.estimators.arrays import Arrays, array_of
from offbeat.estimators.extras import require_extra
from offbeat.portable.contents import require_plain
from offbeat.threads import n_threads

__all__ = ["OnnxNetwork"]

_NAME = "onnx"
_SILENT = 4


class OnnxNetwork:
    """A network in place of an ``nn.Module`` for what is computed with it after training.

    Parameters
    ----------
    content : bytes
        An ONNX model; its inputs have any number of rows, its outputs are named by the methods they stand for.

    Raises
    ------
    ModelError
        If it is damaged, or asks for more than arithmetic on its own arrays.
    MissingExtraError
        If ONNX Runtime is not installed.
    """

    def __init__(self, content: bytes) -> None:
        require_plain(content)
        require_extra("onnxruntime", "this model")
        self.content = content
        with failing_as(ModelError, "expected an ONNX model that can be run"):
            self._session = _session(content)
            self._inputs = [given.name for given in self._session.get_inputs()]
            self.parts = tuple(output.name for output in self._session.get_outputs())

    @classmethod
    def restored(cls, arrays: Arrays) -> Self:
        """Return the network that :meth:`arrays` stands for."""
        return cls(array_of(arrays, _NAME, None, kinds="u").tobytes())

    @staticmethod
    def is_in(arrays: Arrays) -> bool:
        """Return whether the arrays of a network are an ONNX model rather than weights."""
        return _NAME in arrays

    def arrays(self) -> Arrays:
        """Return the model as one array of bytes."""
        return {_NAME: np.frombuffer(self.content, dtype=np.uint8)}

    def run(self, *inputs: npt.NDArray[np.float32], part: str = "forward", batch_size: int = 64) -> npt.NDArray[Any]:
        """Return an output for all rows of the inputs: batches of them at once, each in one thread.

        Parameters
        ----------
        *inputs : arrays of shape (n_rows, ...)
            What the network reads.
        part : str
            The output, by the name of the method that it stands for.
        batch_size : int
            Rows in a batch.
        """
        n_rows = len(inputs[0])
        if n_rows <= batch_size:
            return self._compute(inputs, part)
        batches = [tuple(x[start : start + batch_size] for x in inputs) for start in range(0, n_rows, batch_size)]
        with ThreadPoolExecutor(min(n_threads(), len(batches))) as pool:
            return np.concatenate(list(pool.map(lambda batch: self._compute(batch, part), batches)))

    def _compute(self, inputs: tuple[npt.NDArray[np.float32], ...], part: str) -> npt.NDArray[Any]:
        n_rows = len(inputs[0])
        if not n_rows:  # some operators refuse no rows
            one = tuple(np.zeros((1, *x.shape[1:]), dtype=np.float32) for x in inputs)
            return self._compute(one, part)[:0]
        with failing_as(ModelError, "the network of the model cannot be run"):
            found: npt.NDArray[Any] = self._session.run([part], dict(zip(self._inputs, inputs, strict=True)))[0]
        if len(found) != n_rows:
            raise ModelError(f"expected {n_rows} rows from the network, got {len(found)}")
        return found

    def __reduce__(self) -> tuple[type[Self], tuple[bytes]]:
        """Go to another process as the model, from which the session is made again."""
        return type(self), (self.content,)


def _session(content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    # Its own format, which the checks cannot read, is not taken for ONNX.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
