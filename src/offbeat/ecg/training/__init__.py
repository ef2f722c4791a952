"""What the shipped models learned from: drawn rhythms, synthetic records, and how they are trained."""
