"""Benchmarks of heartbeats: the Kaggle split, between patients, variants, and their page."""
