"""Training of the shipped models: simulated rhythms, synthetic records, and the settings of the trainings."""
