"""A service that scores streams day and night: points come in, scores, events and alerts go out."""
