"""Heartbeats in an ECG: detection, classification, and the comparison with annotations."""
