"""Architectures as plain ``nn.Module``: they read tensors ``(batch, channel, time)``, without files or trainer."""

from offbeat.networks.deepant import DeepAnTNetwork
from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork

__all__ = ["DeepAnTNetwork", "DenseAutoencoderNetwork", "LSTMAutoencoderNetwork"]
