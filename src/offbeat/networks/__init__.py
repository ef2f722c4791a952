"""Architectures as plain ``nn.Module``: they read tensors ``(batch, channel, time)``, without files or trainer.

Each is imported from its module, because this package is imported without PyTorch, too.
"""
