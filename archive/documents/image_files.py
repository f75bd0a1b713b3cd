"""Image files as upright RGB images: every format portals use, and no bomb."""

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from archive.errors import Unreadable

MAX_PIXELS = 60_000_000
MAX_FRAMES = 60
_LEAST_LONG, _LEAST_SHORT = 200, 60


def images(body: bytes) -> Iterator[tuple[int | None, Image.Image]]:
    """The pages of an image file, one decoded at a time, numbered where it can have several (TIFF).

    Of an animation only the first picture.

    Raises Unreadable for what is no image, is broken, holds too many pixels or is too small for a report.
    """
    with warnings.catch_warnings():
        # Pillow warns of large images before they are decoded; the limit here is lower and says so itself
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield from _decoded(body)


def _decoded(body: bytes) -> Iterator[tuple[int | None, Image.Image]]:
    try:
        with Image.open(io.BytesIO(body)) as image:
            count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            for number in range(min(count, MAX_FRAMES)):
                if number:
                    image.seek(number)
                _guard(image.width, image.height)
                yield number + 1 if count > 1 else None, seen(image)
    except UnidentifiedImageError as error:
        raise Unreadable("the file is no image that can be read") from error
    except Image.DecompressionBombError as error:
        raise Unreadable(f"the image has more than {MAX_PIXELS // 1_000_000} million pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(f"the image is broken: {error}") from error


def _guard(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Unreadable(f"an image of {width} x {height} has more than {MAX_PIXELS // 1_000_000} million pixels")
    if max(width, height) < _LEAST_LONG or min(width, height) < _LEAST_SHORT:
        raise Unreadable(f"an image of {width} x {height} is too small to hold a report")


def seen(image: Image.Image) -> Image.Image:
    """The image as it is meant to be looked at: RGB on white, turned as its camera says."""
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith("I"):
        deep = np.asarray(turned, dtype=np.float64)
        turned = Image.fromarray((deep * (255 / max(1.0, float(deep.max())))).astype(np.uint8))
    if turned.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in turned.info:
        shown = turned.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
    return turned.convert("RGB")
