"""ECGFormer: a transformer encoder that names short series, such as heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from offbeat.networks.architecture import ECGFormerArchitecture

__all__ = ["ECGFormerNetwork"]

_REFERENCE = ECGFormerArchitecture()
_START = 0.02
"""Standard deviation of the initial values of class token and position tables."""


class ECGFormerNetwork(nn.Module):
    """Tokens of the series, a class token in front, pre-norm encoder layers, the mean over all tokens, a small head.

    ::

        x (batch, channel, time)
          └ stem: convolutions, each half as long      only where ``stem`` names widths
             └ patches ─ Linear ─ LayerNorm ─ GELU     (batch, token, width)
        class token ┐
        feature token ┴ tokens ─ [+ positions ─ layer] × depth ─ mean ┐
                                 features ─ Linear ─ GELU ─ Linear ┴ head

    With ``patch=1`` and no stem each sample is a token, as in the reference; longer patches, or a stem, leave fewer
    tokens, and time and memory of the attention fall with the square of their number. Series whose length is no whole
    number of patches are padded with zeros at the end. The attention is the standard scaled dot product.

    Parameters
    ----------
    n_channels, n_times : int
        Shape of a series.
    n_classes : int
        Classes to tell apart.
    n_features : int
        Numbers beside each series (RR ratios …). They join twice: as one more token, so that the attention relates
        them to the shape, and added to the mean over the tokens, so that they reach the head undiluted.
    architecture : ECGFormerArchitecture
        Sizes and shape of the network.

    Raises
    ------
    ParameterError
        If a setting of the architecture is out of its range.

    References
    ----------
    Vaswani et al., "Attention Is All You Need", 2017. Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021 (class
    token, patches, pre-norm). Kachuee et al., "ECG Heartbeat Classification: A Deep Transferable Representation", 2018
    (the beats).

    Examples
    --------
    >>> small = ECGFormerArchitecture(width=32, depth=2, heads=4, patch=8, patch_stride=4)
    >>> network = ECGFormerNetwork(1, 187, 5, architecture=small)
    >>> network.n_tokens
    47
    >>> network(torch.zeros(3, 1, 187)).shape
    torch.Size([3, 5])
    """

    def __init__(
        self,
        n_channels: int,
        n_times: int,
        n_classes: int,
        n_features: int = 0,
        architecture: ECGFormerArchitecture = _REFERENCE,
    ) -> None:
        super().__init__()
        architecture.validate()
        a, width = architecture, architecture.width
        self.n_features, self.patch, self.patch_stride = n_features, a.patch, a.stride
        self.stem = _stem([n_channels, *a.stem], a.stem_kernel, a.stem_stride)
        with torch.no_grad():
            n_steps = self.stem(torch.zeros(1, n_channels, n_times)).shape[2]
        n_patches = max(0, -(-(n_steps - a.patch) // a.stride)) + 1
        self.padding = (n_patches - 1) * a.stride + a.patch - n_steps
        channels = a.stem[-1] if len(a.stem) else n_channels
        self.embed = nn.Sequential(nn.Linear(channels * a.patch, width), nn.LayerNorm(width), nn.GELU())
        self.n_tokens = n_patches + bool(a.class_token) + bool(n_features)
        self.class_token = _small(1, 1, width) if a.class_token else None
        n_tables = a.depth if a.positions == "own" else 1
        self.every_layer = a.positions != "input"
        self.positions = _small(n_tables, self.n_tokens, width)
        self.layers = nn.ModuleList(
            _Layer(width, a.heads, round(a.mlp_ratio * width), a.dropout) for _ in range(a.depth)
        )
        if n_features:
            self.feature_token = _feature_layers(n_features, width)
            self.feature_head = _feature_layers(n_features, width)
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.LayerNorm(width), nn.Dropout(a.dropout), nn.Linear(width, n_classes)
        )

    def forward(self, x: Tensor, features: Tensor | None = None) -> Tensor:
        """Return logits ``(batch, class)`` of series ``(batch, channel, time)`` and features ``(batch, feature)``."""
        pooled = self.encode(x, features).mean(dim=1)
        if self.n_features:
            pooled = pooled + self.feature_head(features)
        logits: Tensor = self.head(pooled)
        return logits

    def encode(self, x: Tensor, features: Tensor | None = None) -> Tensor:
        """Return the encoded tokens ``(batch, token, width)``: class, features, then patches."""
        front = []
        if self.class_token is not None:
            front.append(self.class_token.expand(x.shape[0], -1, -1))
        if self.n_features:
            front.append(self.feature_token(features)[:, None])
        tokens = torch.cat([*front, self._patches(x)], dim=1)
        for index, layer in enumerate(self.layers):
            if self.every_layer or index == 0:
                tokens = tokens + self.positions[index % len(self.positions)]
            tokens = layer(tokens)
        return tokens

    def _patches(self, x: Tensor) -> Tensor:
        steps = F.pad(self.stem(x), (0, self.padding))
        # (batch, channel, token, step) -> (batch, token, channel · step)
        tokens = steps.unfold(2, self.patch, self.patch_stride).transpose(1, 2).flatten(2)
        patches: Tensor = self.embed(tokens)
        return patches


class _Layer(nn.Module):
    """A pre-norm encoder layer: attention, then a hidden layer, each added to its input."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens ``(batch, token, width)`` after attention to each other."""
        tokens = tokens + self.dropout(self._attention(self.before_attention(tokens)))
        changed: Tensor = tokens + self.dropout(self.mlp(self.before_mlp(tokens)))
        return changed

    def _attention(self, tokens: Tensor) -> Tensor:
        # (batch, token, 3 · head · d) -> three of (batch, head, token, d)
        split = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*split)
        # (batch, head, token, d) -> (batch, token, head · d)
        attended: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return attended


def _stem(widths: Sequence[int], kernel: int, stride: int) -> nn.Sequential:
    """Return convolutions padded to keep the middle of their input in place, with a GELU after each."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv1d(before, after, kernel, stride, padding=kernel // 2), nn.GELU()]
    return nn.Sequential(*layers)


def _feature_layers(n_features: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(n_features, width), nn.GELU(), nn.Linear(width, width))


def _small(*shape: int) -> nn.Parameter:
    """Return small random values to begin with."""
    values = torch.empty(shape)
    # Where only the sizes of the parts are asked for, random numbers would load torch's compiler, for seconds.
    return nn.Parameter(values if values.is_meta else values.normal_() * _START)
