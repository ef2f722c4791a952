"""What was found, as tables, figures and one HTML page."""
