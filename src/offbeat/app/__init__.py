"""What a command does: request, loading, settings, runs, evaluation, outputs."""
