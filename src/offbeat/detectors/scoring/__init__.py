"""The parts of a detector that compute scores: views of the data, stages, tails, residuals, explanations."""
