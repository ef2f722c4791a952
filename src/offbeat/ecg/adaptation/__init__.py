"""Adaptation to a patient: what a few minutes of corrected beats say about the other beats of the same person."""
