"""Detectors: learn from normal data, score what they are shown. Found by name in :mod:`offbeat.detectors.registry`."""
