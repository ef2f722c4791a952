"""Pictures to zoom into, inside the page."""
