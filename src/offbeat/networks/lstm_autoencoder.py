"""The LSTM autoencoder: a series becomes one code, and the code becomes the series again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["LSTMAutoencoderNetwork"]


class LSTMAutoencoderNetwork(nn.Module):
    """Encoder LSTMs down to a code, decoder LSTMs back up, one linear layer out.

    ::

        (batch, channel, time) ─ steps ─ LSTM ─ LSTM ─ last hidden state ─ code
                                                            │ repeated along a new axis of steps
        (batch, channel, time) ─ steps ─ Linear ─ LSTM ─ LSTM ┘

    A step is ``values_per_step`` values in a row of each channel. A series whose length is no multiple of that is
    padded with zeros at its end; what the network returns there is cut off again.

    Parameters
    ----------
    n_channels : int
        Channels of the series.
    code_size : int
        Numbers in the code.
    hidden_sizes : sequence of int
        Width of each encoder LSTM before the last, mirrored in the decoder. ``(128,)`` is the reference,
        ``()`` one LSTM on each side.
    values_per_step : int
        Values of each channel that the LSTMs read, and write, at once. 1 is the reference. The LSTMs take one step
        after the other, so that time falls almost in proportion to this.

    Notes
    -----
    The code is repeated along an axis of its own, so that each series is decoded from its own code, independently
    of the batch. The recurrent layers stay in float32 under automatic mixed precision: in bfloat16 they do not learn.
    Weights start orthogonal and the forget gates open (bias 1), which learns long series in fewer epochs.

    Source: Malhotra et al., "LSTM-based Encoder-Decoder for Multi-sensor Anomaly Detection", 2016; forget-gate bias:
    Jozefowicz et al., "An Empirical Exploration of Recurrent Network Architectures", 2015.

    Examples
    --------
    >>> import torch
    >>> network = LSTMAutoencoderNetwork(1)
    >>> sum(weights.numel() for weights in network.parameters())
    249473
    >>> network(torch.zeros(3, 1, 20)).shape
    torch.Size([3, 1, 20])
    """

    def __init__(
        self, n_channels: int, code_size: int = 64, hidden_sizes: Sequence[int] = (128,), values_per_step: int = 1
    ) -> None:
        super().__init__()
        self.n_channels, self.values_per_step = n_channels, values_per_step
        down = [n_channels * values_per_step, *hidden_sizes, code_size]
        up = [code_size, code_size, *reversed(hidden_sizes)]
        self.encoder = nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in pairwise(down))
        self.decoder = nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in pairwise(up))
        self.output = nn.Linear(up[-1], n_channels * values_per_step)
        for layer in [*self.encoder, *self.decoder]:
            _start_recurrent(layer)

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes, ``(batch, code)``, of series ``(batch, channel, time)``."""
        with torch.autocast(x.device.type, enabled=False):
            steps = self._steps(x.float())
            for layer in self.encoder:
                steps, (last, _) = layer(steps)
        code: Tensor = last[0]  # of the only layer and direction: (batch, code)
        return code

    def decode(self, code: Tensor, n_times: int) -> Tensor:
        """Return series of ``n_times`` steps, ``(batch, channel, time)``, from codes ``(batch, code)``."""
        with torch.autocast(code.device.type, enabled=False):
            n_steps = -(-n_times // self.values_per_step)
            steps = code.float()[:, None].expand(-1, n_steps, -1)  # (batch, step, code), the same code at each step
            for layer in self.decoder:
                steps, _ = layer(steps)
            # (batch, step, channel · value) -> (batch, channel, step, value) -> (batch, channel, time)
            values = self.output(steps).unflatten(2, (self.n_channels, self.values_per_step)).transpose(1, 2)
            series: Tensor = values.flatten(2)[:, :, :n_times]
        return series

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct series ``(batch, channel, time)``."""
        # A whole number rather than a size, which a tracer would follow, and round towards 0 where it is divided.
        return self.decode(self.encode(x), int(x.shape[2]))

    def _steps(self, x: Tensor) -> Tensor:
        """Return series as steps, ``(batch, step, channel · value)``."""
        n_steps = -(-int(x.shape[2]) // self.values_per_step)
        padded = functional.pad(x, (0, n_steps * self.values_per_step - int(x.shape[2])))
        # (batch, channel, step, value) -> (batch, step, channel, value) -> (batch, step, channel · value)
        parted = padded.reshape(x.shape[0], self.n_channels, n_steps, self.values_per_step).transpose(1, 2)
        return parted.reshape(x.shape[0], n_steps, self.n_channels * self.values_per_step)


def _start_recurrent(layer: nn.Module) -> None:
    """Set the weights an LSTM starts from: orthogonal for each gate, forget gates open."""
    for name, weights in layer.named_parameters():
        if name.startswith("weight_hh"):
            for gate in weights.data.chunk(4):
                nn.init.orthogonal_(gate)
        elif name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weights.data)
        else:
            nn.init.zeros_(weights.data)
            if name.startswith("bias_ih"):
                # The gates lie in the order input, forget, cell, output.
                nn.init.ones_(weights.data.chunk(4)[1])
