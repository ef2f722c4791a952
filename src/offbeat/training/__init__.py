"""Training of networks: one group of settings, and the loop, which is Lightning's."""

from offbeat.training.config import TrainConfig

__all__ = ["TrainConfig"]
