"""Heartbeats in an ECG: where they are, what they are, and how well that was told."""
