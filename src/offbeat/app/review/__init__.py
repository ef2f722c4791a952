"""Review of a record by a person: its beats stepped through, corrected and saved as annotations, in a local page."""
