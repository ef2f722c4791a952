"""Sizes and shape of an ECGFormer, without the network itself: checking them needs no PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from offbeat.errors import ParameterError
from offbeat.estimators.hints import Range, Size, require_choice
from offbeat.estimators.settings import SettingsGroup

__all__ = ["POSITIONS", "ECGFormerArchitecture"]

POSITIONS = ("every-layer", "own", "input")
"""Where positions are added: one table before every layer, a table of its own for each, or one before the first."""


@dataclass(frozen=True)
class ECGFormerArchitecture(SettingsGroup):
    """Sizes and shape of the network; the defaults are the reference's.

    Parameters
    ----------
    width : int, default 192
        Numbers in a token, a multiple of ``heads``.
    depth : int, default 6
        Encoder layers.
    heads : int, default 8
        Attention heads in each layer.
    mlp_ratio : float, default 4.0
        Width of the hidden layer of each encoder layer, as a multiple of ``width``.
    dropout : float, default 0.1
        Share left out in training: of what attention and hidden layers add, and of the input of the head. The weights
        of the attention themselves are not dropped, which would rule out the fast attention kernels.
    patch : int, default 1
        Time steps in a token, counted after the stem.
    patch_stride : int, default 0
        Time steps between the starts of patches, up to ``patch``; 0 is ``patch``. Smaller makes patches overlap.
    stem : sequence of int, default ()
        Widths of convolutions in front of the patches.
    stem_kernel : int, default 7
        Width of each of them.
    stem_stride : int, default 2
        Stride of each of them.
    class_token : bool, default True
        Whether a learned token stands in front.
    positions : {"every-layer", "own", "input"}, default "every-layer"
        One learned table added before every layer (the reference), one of its own for each layer, or one before the
        first layer alone.

    Examples
    --------
    >>> ECGFormerArchitecture(width=10).validate()
    Traceback (most recent call last):
    offbeat.errors.ParameterError: width is a multiple of heads, got width=10, heads=8
    """

    width: Size = 192
    depth: Annotated[int, Range(1, 64)] = 6
    heads: Size = 8
    mlp_ratio: Annotated[float, Range(0, 64, open_low=True)] = 4.0
    dropout: Annotated[float, Range(0, 1, open_high=True)] = 0.1
    patch: Size = 1
    patch_stride: Annotated[int, Range(0, 65_536)] = 0
    stem: Sequence[Size] = ()
    stem_kernel: Size = 7
    stem_stride: Size = 2
    class_token: bool = True
    positions: str = "every-layer"

    @property
    def stride(self) -> int:
        """Time steps between the starts of patches."""
        return self.patch_stride or self.patch

    def validate(self) -> None:
        """Raise ParameterError for a setting out of its range, or settings that do not go together."""
        super().validate()
        require_choice("positions", self.positions, POSITIONS)
        if self.width % self.heads:
            raise ParameterError(f"width is a multiple of heads, got width={self.width}, heads={self.heads}")
        if self.stride > self.patch:
            raise ParameterError(f"patch_stride is a number up to patch ({self.patch}), got {self.patch_stride}")
