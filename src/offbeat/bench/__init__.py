"""Run detectors on data beside the floors, and tell how they did: trials, recipes, findings."""
