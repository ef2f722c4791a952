"""What commands do with many series by key: fit, score, evaluate and show them, several at a time."""
