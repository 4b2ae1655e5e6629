"""An element's own picture, as two hashes: one for the same picture, one for a similar one.

The perceptual hash is the one of Christoph Zauner's thesis ("Implementation and Benchmarking of
Perceptual Image Hash Functions", 2010): the picture in 32 x 32 shades of grey, its discrete cosine
transform, and of the 8 x 8 lowest frequencies beside the mean which ones are above their median.
Scale, colour and smoothing hardly change it.
"""

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi
from statistics import median
from typing import Final, Self

from PIL import Image, UnidentifiedImageError

from domain.elements import json_values

LARGEST_BYTES: Final = 65_536
"""Of a picture that is kept; what is larger is only hashed."""
_LARGEST_PIXELS: Final = 4_000_000
_SIDE, _KEPT = 32, 8
_BITS: Final = _KEPT * _KEPT
_WAVES: Final = tuple(
    tuple(cos((2 * place + 1) * wave * pi / (2 * _SIDE)) for place in range(_SIDE))
    for wave in range(1, _KEPT + 1)
)
_EXACT: Final = re.compile(r"[0-9a-f]{64}")
_PERCEPTUAL: Final = re.compile(rf"[0-9a-f]{{{_BITS // 4}}}")
_UNRELATED_BITS: Final = _BITS / 2
"""How many bits of two pictures differ that have nothing in common."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Hashes of a picture.

    Attributes:
        exact: SHA-256 of size and pixels, in hexadecimal.
        perceptual: 16 hexadecimal digits; a bit for each frequency.
    """

    exact: str
    perceptual: str

    @classmethod
    def from_json(cls, data: json_values.Json) -> Self:
        """Restore what `dataclasses.asdict` gave.

        Raises:
            KeyError: a part is missing.
            TypeError: a part is no text.
            ValueError: a part is no such hash.
        """
        exact, perceptual = (json_values.text(data[name]) for name in ("exact", "perceptual"))
        if not (_EXACT.fullmatch(exact) and _PERCEPTUAL.fullmatch(perceptual)):
            raise ValueError("the hashes of a picture have 64 and 16 hexadecimal digits")
        return cls(exact, perceptual)


def hash_picture(png: bytes) -> Picture | None:
    """Return the hashes of a picture; nothing where it is none, or too large to look at."""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            if image.width * image.height > _LARGEST_PIXELS:
                return None
            pixels = image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    size = f"{pixels.width}x{pixels.height}:".encode()
    exact = hashlib.sha256(size + pixels.tobytes()).hexdigest()
    shades = pixels.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX).tobytes()
    return Picture(exact, f"{_hash_shades(shades):0{_BITS // 4}x}")


def _hash_shades(shades: Sequence[int]) -> int:
    rows = [shades[start : start + _SIDE] for start in range(0, _SIDE * _SIDE, _SIDE)]
    across = [[_project(row, wave) for wave in _WAVES] for row in rows]
    columns = list(zip(*across, strict=True))
    frequencies = [_project(column, wave) for wave in _WAVES for column in columns]
    middle = median(frequencies)
    bits = 0
    for frequency in frequencies:
        bits = bits << 1 | (frequency > middle)
    return bits


def _project(shades: Sequence[float], wave: Sequence[float]) -> float:
    return sum(shade * height for shade, height in zip(shades, wave, strict=True))


def picture_similarity(before: Picture | None, now: Picture | None) -> float | None:
    """Return 1 for the same picture, 0 for unrelated ones; nothing where one was not taken."""
    if before is None or now is None:
        return None
    if before.exact == now.exact:
        return 1.0
    different = (int(before.perceptual, 16) ^ int(now.perceptual, 16)).bit_count()
    return max(0.0, 1.0 - different / _UNRELATED_BITS)
