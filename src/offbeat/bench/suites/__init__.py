"""Suites of labelled series, and the runs of detectors over them: what ``offbeat bench`` and ``offbeat.compare`` do."""
