"""The version, for the façade and for saved models."""

__version__ = "0.1.0"
