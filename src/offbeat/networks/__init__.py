"""Architectures as plain ``nn.Module``: they see tensors ``(batch, channel, time)``, no files and no trainer."""

from offbeat.networks.deepant import DeepAnTNetwork
from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork

__all__ = ["DeepAnTNetwork", "DenseAutoencoderNetwork", "LSTMAutoencoderNetwork"]
