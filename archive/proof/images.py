"""Images as a proof page holds them: decoded and encoded anew, so that nothing of the original's file is passed on."""

import base64
import io
from dataclasses import dataclass

from PIL import Image

WIDEST = 1500                         # pixels
TALLEST = 6000
MAX_IMAGES = 30
MAX_BYTES = 5 << 20                   # of images in one page, before they are written as text
_QUALITY = 72


@dataclass(slots=True)
class Album:
    """The images of one proof page, and what room is left."""

    images: int = MAX_IMAGES
    bytes: int = MAX_BYTES
    left_out: int = 0

    def full(self) -> bool:
        """Whether no image more is taken; each that is asked for is counted."""
        if self.images > 0 and self.bytes > 0:
            return False
        self.left_out += 1
        return True

    def add(self, image: Image.Image) -> str | None:
        """The image as a data URI; None where it would be too much."""
        body = _encoded(image)
        if len(body) > self.bytes:
            self.bytes = 0
            self.left_out += 1
            return None
        self.images -= 1
        self.bytes -= len(body)
        return "data:image/webp;base64," + base64.b64encode(body).decode("ascii")


def _encoded(image: Image.Image) -> bytes:
    """WebP, no larger than a screen needs."""
    scale = min(1.0, WIDEST / image.width, TALLEST / image.height)
    if scale < 1:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    held = io.BytesIO()
    image.convert("RGB").save(held, "WEBP", quality=_QUALITY, method=3)
    return held.getvalue()
