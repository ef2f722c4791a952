"""Benches for long recordings: one detector beside the floors, the reference protocol, the Numenta benchmark."""
