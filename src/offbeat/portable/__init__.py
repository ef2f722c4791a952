"""Networks without PyTorch: as ONNX, run by ONNX Runtime, and graphs that map raw series to scores.

Loading a model reads :mod:`~offbeat.portable.running`, :mod:`~offbeat.portable.runtime` and
:mod:`~offbeat.portable.contents` alone, which need no more than NumPy and ONNX Runtime.
"""
