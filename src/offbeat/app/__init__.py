"""What a command does: request, loading, settings, judging, outputs, runs."""
