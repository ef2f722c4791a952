"""A choice without labels: planted anomalies, candidates, and what is chosen of them."""
