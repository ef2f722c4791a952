"""ECGFormer: a transformer encoder that names short series, such as heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from offbeat.errors import ParameterError

__all__ = ["POSITIONS", "ECGFormerNetwork"]

POSITIONS = ("every-layer", "own", "input")
"""Where positions are told: one table before every layer, a table of its own for each, or one before the first."""

_START = 0.02
"""Standard deviation of what class token and position tables start from."""


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
        Numbers beside each series (RR ratios …). They join twice: as one more token, so that the attention can read
        the shape in their light, and added to the mean over the tokens, so that the head sees them undiluted.
    width : int
        Numbers in a token.
    depth, heads : int
        Encoder layers, and attention heads in each; ``width`` is a multiple of ``heads``.
    mlp_ratio : float
        Width of the hidden layer of each encoder layer, as a multiple of ``width``.
    dropout : float
        Share left out in training: of what attention and hidden layers add, and of what the head sees. The weights of
        the attention themselves are not dropped, which would cost the fast attention kernels.
    patch : int
        Time steps in a token, counted after the stem.
    patch_stride : int, optional
        Time steps between the starts of patches; ``patch`` where None. Smaller makes patches overlap.
    stem : sequence of int
        Widths of convolutions in front of the patches; none by default.
    stem_kernel, stem_stride : int
        Width and stride of each of them.
    class_token : bool
        Whether a learned token stands in front.
    positions : {"every-layer", "own", "input"}
        One learned table added before every layer (the reference), one of its own for each layer, or one before the
        first layer alone.

    Raises
    ------
    ParameterError
        If a size is out of its range.

    References
    ----------
    Vaswani et al., "Attention Is All You Need", 2017. Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021 (class
    token, patches, pre-norm). Kachuee et al., "ECG Heartbeat Classification: A Deep Transferable Representation", 2018
    (the beats).

    Examples
    --------
    >>> network = ECGFormerNetwork(1, 187, 5, width=32, depth=2, heads=4, patch=8, patch_stride=4)
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
        *,
        n_features: int = 0,
        width: int = 192,
        depth: int = 6,
        heads: int = 8,
        mlp_ratio: float = 4.0,
        dropout: float = 0.1,
        patch: int = 1,
        patch_stride: int | None = None,
        stem: Sequence[int] = (),
        stem_kernel: int = 7,
        stem_stride: int = 2,
        class_token: bool = True,
        positions: str = "every-layer",
    ) -> None:
        super().__init__()
        _validate(width, depth, heads, patch, patch if patch_stride is None else patch_stride, positions)
        self.n_features, self.patch = n_features, patch
        self.patch_stride = patch if patch_stride is None else patch_stride
        self.stem = _stem([n_channels, *stem], stem_kernel, stem_stride)
        with torch.no_grad():
            n_steps = self.stem(torch.zeros(1, n_channels, n_times)).shape[2]
        n_patches = max(0, -(-(n_steps - patch) // self.patch_stride)) + 1
        self.padding = (n_patches - 1) * self.patch_stride + patch - n_steps
        channels = stem[-1] if stem else n_channels
        self.embed = nn.Sequential(nn.Linear(channels * patch, width), nn.LayerNorm(width), nn.GELU())
        self.n_tokens = n_patches + bool(class_token) + bool(n_features)
        self.class_token = nn.Parameter(torch.randn(1, 1, width) * _START) if class_token else None
        n_tables = depth if positions == "own" else 1
        self.every_layer = positions != "input"
        self.positions = nn.Parameter(torch.randn(n_tables, self.n_tokens, width) * _START)
        self.layers = nn.ModuleList(_Layer(width, heads, round(mlp_ratio * width), dropout) for _ in range(depth))
        if n_features:
            self.feature_token = nn.Sequential(nn.Linear(n_features, width), nn.GELU(), nn.Linear(width, width))
            self.feature_head = nn.Sequential(nn.Linear(n_features, width), nn.GELU(), nn.Linear(width, width))
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.LayerNorm(width), nn.Dropout(dropout), nn.Linear(width, n_classes)
        )

    def forward(self, x: Tensor, features: Tensor | None = None) -> Tensor:
        """Return logits ``(batch, class)`` of series ``(batch, channel, time)`` and features ``(batch, feature)``."""
        pooled = self.encode(x, features).mean(dim=1)
        if self.n_features:
            pooled = pooled + self.feature_head(features)
        logits: Tensor = self.head(pooled)
        return logits

    def encode(self, x: Tensor, features: Tensor | None = None) -> Tensor:
        """Return what the layers make of the tokens, ``(batch, token, width)``: class, features, then patches."""
        front = []
        if self.class_token is not None:
            front.append(self.class_token.expand(len(x), -1, -1))
        if self.n_features:
            front.append(rearrange(self.feature_token(features), "batch width -> batch 1 width"))
        tokens = torch.cat([*front, self._patches(x)], dim=1)
        for index, layer in enumerate(self.layers):
            if self.every_layer or index == 0:
                tokens = tokens + self.positions[index % len(self.positions)]
            tokens = layer(tokens)
        return tokens

    def _patches(self, x: Tensor) -> Tensor:
        steps = F.pad(self.stem(x), (0, self.padding))
        cut = steps.unfold(2, self.patch, self.patch_stride)
        patches: Tensor = self.embed(rearrange(cut, "batch channel token step -> batch token (channel step)"))
        return patches


class _Layer(nn.Module):
    """A pre-norm encoder layer: attention, then a hidden layer, each added to what comes in."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens ``(batch, token, width)`` that have looked at each other."""
        tokens = tokens + self.dropout(self._attention(self.before_attention(tokens)))
        changed: Tensor = tokens + self.dropout(self.mlp(self.before_mlp(tokens)))
        return changed

    def _attention(self, tokens: Tensor) -> Tensor:
        parts = "batch token (qkv head d) -> qkv batch head token d"
        q, k, v = rearrange(self.qkv(tokens), parts, qkv=3, head=self.heads)
        mixed = F.scaled_dot_product_attention(q, k, v)
        attended: Tensor = self.out(rearrange(mixed, "batch head token d -> batch token (head d)"))
        return attended


def _stem(widths: Sequence[int], kernel: int, stride: int) -> nn.Sequential:
    """Return convolutions that keep the middle of what they see in place, with a GELU after each."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv1d(before, after, kernel, stride, padding=kernel // 2), nn.GELU()]
    return nn.Sequential(*layers)


def _validate(width: int, depth: int, heads: int, patch: int, stride: int, positions: str) -> None:
    if min(width, depth, heads, patch) < 1 or width % heads:
        raise ParameterError(
            "width, depth, heads and patch are numbers of at least 1, width a multiple of heads, but "
            f"width={width}, depth={depth}, heads={heads}, patch={patch} came"
        )
    if not 1 <= stride <= patch:
        raise ParameterError(f"patch_stride is a number from 1 to patch ({patch}), got {stride}")
    if positions not in POSITIONS:
        raise ParameterError(f"positions is one of {', '.join(POSITIONS)}, got {positions!r}")
