"""From what a caller gives to windows, from windows to scores: framing, stages, tails, explanations."""
