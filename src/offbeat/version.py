"""The version, for the façade and for saved models."""

__version__ = "0.2.0"
