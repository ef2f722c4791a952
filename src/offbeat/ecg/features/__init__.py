"""Features of a beat: the rhythm around it, its log-odds by that rhythm, and its shape."""
