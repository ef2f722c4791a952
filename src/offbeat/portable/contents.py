"""What an ONNX file asks for, read from its bytes before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator

from offbeat.errors import ModelError, failing_as

__all__ = ["require_plain"]

_Fields = Iterator[tuple[int, int, bytes | int]]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_STANDARD = (b"", b"ai.onnx")
# Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, which never change their meaning.
_GRAPH = 7
_MODEL_REFUSED = {20: "training steps", 25: "functions"}
_NODE, _INITIALIZER, _SPARSE = 1, 5, 15
_ATTRIBUTE, _DOMAIN = 5, 7
_TENSORS = (5, 10)
_ATTRIBUTE_REFUSED = {6: "graphs within graphs", 11: "graphs within graphs", 22: "sparse arrays", 23: "sparse arrays"}
_EXTERNAL, _LOCATION = 13, 14


def require_plain(content: bytes) -> None:
    """Refuse an ONNX model that asks for more than arithmetic on its own arrays.

    ONNX Runtime would read files that a model names for its arrays, and look for code that its operators name. Neither
    is needed for a model that is whole by itself; nor are loops, which may go on for ever.

    Parameters
    ----------
    content : bytes
        The model.

    Raises
    ------
    ModelError
        If arrays lie in other files, operators are none of the ONNX standard, graphs lie within graphs (loops and
        branches), or the bytes are no ONNX model.
    """
    with failing_as(ModelError, "expected an ONNX model, got bytes that cannot be read as one"):
        for number, kind, value in _fields(content):
            _refuse(number, _MODEL_REFUSED)
            if number == _GRAPH and kind == _BYTES:
                _check_graph(value)


def _check_graph(graph: bytes | int) -> None:
    for number, kind, value in _fields(graph):
        _refuse(number, {_SPARSE: "sparse arrays"})
        if number == _INITIALIZER and kind == _BYTES:
            _check_tensor(value)
        elif number == _NODE and kind == _BYTES:
            _check_node(value)


def _check_node(node: bytes | int) -> None:
    for number, kind, value in _fields(node):
        if number == _DOMAIN and value not in _STANDARD:
            raise ModelError(f"expected operators of the ONNX standard, got one of the domain {value!r}")
        if number == _ATTRIBUTE and kind == _BYTES:
            for part, part_kind, inner in _fields(value):
                _refuse(part, _ATTRIBUTE_REFUSED)
                if part in _TENSORS and part_kind == _BYTES:
                    _check_tensor(inner)


def _check_tensor(tensor: bytes | int) -> None:
    for number, _, value in _fields(tensor):
        if number == _EXTERNAL or (number == _LOCATION and value != 0):
            raise ModelError("expected an ONNX model that holds its own arrays, got one that names other files")


def _refuse(number: int, refused: dict[int, str]) -> None:
    if number in refused:
        raise ModelError(f"expected a plain ONNX graph, got one with {refused[number]}")


def _fields(message: bytes | int) -> _Fields:
    """Yield number, kind and value of each field of a message in the wire format of Protocol Buffers."""
    if not isinstance(message, bytes):
        raise ModelError("expected a message, got a number")
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        if key >> 32:  # Protocol Buffers would drop these bits, and find another field than the one checked here
            raise ModelError(f"expected the key of a field in 32 bits, got {key:#x}")
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, kind, value
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise ModelError(f"expected a field of a known kind, got {kind}")
        if place + size > len(message):
            raise ModelError("expected a whole field, got a part of one")
        yield number, kind, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Return the number of variable length at a place, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ModelError("expected a number of at most ten bytes, got a longer one")
