"""Adaptation to a patient: a few minutes of corrected beats improve how the other beats of a person are classified."""
