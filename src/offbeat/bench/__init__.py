"""Benchmarks: the reference systems as recipes, the Numenta benchmark, heartbeats, odd beats ranked."""
