"""Pictures as files of the site: small, sized, and fetched only when they come into sight."""

import base64
import hashlib
import html
import io
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

FOLDER = "pictures"
EFFORT = 4  # of WebP's encoder, 0 to 6: more of it saves 2 % and takes twice as long
FITS = 560  # pixels: up to this width letters stay readable when a telephone makes a picture fit
LEGIBLE = 0.77  # of a wider picture's width: its letters of 10 points are 8 then

_INLINE = re.compile(r"<img\b[^>]*?\bsrc=\"data:image/(?P<kind>png|jpeg|svg\+xml);base64,(?P<data>[^\"]+)\"[^>]*>")
_ALT = re.compile(r"\balt=\"(?P<alt>[^\"]*)\"")
_LENGTH = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Pictures:
    """The pictures of a site, in the folder `root`/pictures, each named by its content."""

    root: Path

    def image(self, content: bytes, *, alt: str, up: str) -> str:
        """The `<img>` of a picture that is stored as WebP, or as SVG if it is one.

        up: the way from the page to the site's top, such as "../".   Raises ValueError if it cannot be read.
        """
        try:
            stored, kind, width, height = _as_svg(content) if _is_svg(content) else _as_webp(content)
        except (OSError, ElementTree.ParseError) as error:
            raise ValueError(f"the picture {alt!r} cannot be read: {error}") from error
        name = f"{hashlib.sha256(stored).hexdigest()[:16]}.{kind}"
        path = self.root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored)
        least = f' style="--legible: {round(LEGIBLE * width)}px"' if width > FITS else ""
        return (
            f'<img class="picture" src="{up}{FOLDER}/{name}" alt="{html.escape(alt)}" '
            f'width="{width}" height="{height}"{least} loading="lazy" decoding="async">'
        )

    def without_data(self, text: str, *, up: str) -> str:
        """HTML with every picture that it holds as data stored in a file instead."""

        def stored(found: re.Match[str]) -> str:
            alt = _ALT.search(found[0])
            return self.image(base64.b64decode(found["data"]), alt=html.unescape(alt["alt"]) if alt else "", up=up)

        return _INLINE.sub(stored, text)


def _is_svg(content: bytes) -> bool:
    return content.lstrip().startswith((b"<svg", b"<?xml"))


def _as_webp(content: bytes) -> tuple[bytes, str, int, int]:
    """The picture without loss, and its size in pixels."""
    with Image.open(io.BytesIO(content)) as picture:
        webp = io.BytesIO()
        picture.save(webp, "WEBP", lossless=True, method=EFFORT)
        return webp.getvalue(), "webp", *picture.size


def _as_svg(content: bytes) -> tuple[bytes, str, int, int]:
    """The picture as it is, and the size that it asks for."""
    root = ElementTree.fromstring(content)
    sizes = [_LENGTH.match(root.get(side, "")) for side in ("width", "height")]
    if not all(sizes):
        raise ValueError("an SVG states its width and height in pixels, and this one does not")
    width, height = (round(float(size[0])) for size in sizes if size)
    return content, "svg", width, height
