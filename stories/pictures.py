"""What becomes of an uploaded picture: new files that carry nothing but the picture."""

from __future__ import annotations

import io
import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from stories.models import Photo

WIDTHS = (640, 1280)  # pixels: a phone's card, and a page
ENOUGH = 4 * WIDTHS[-1]  # pixels; the finest scaling happens from here on
QUALITY = 78  # WebP; near JPEG 85 to the eye, at about half the bytes
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000  # above this a small file may fill the memory (a decompression bomb)
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF")


def renditions(upload: File) -> list[ContentFile]:
    """The picture in each of WIDTHS as WebP, under new random names.

    Decoded and encoded again from the pixels alone, so that place, camera, comments and captions
    in the file do not reach the web. Raises ValidationError with a sentence for the editor.
    """
    picture = _pixels(upload)
    stem = secrets.token_hex(16)
    return [_rendition(picture, width, stem) for width in WIDTHS]


def take_down(photo: Photo) -> None:
    """Delete a photo's files once its row is gone or changed for good."""
    for file in (photo.image, photo.small):
        transaction.on_commit(lambda file=file: file.storage.delete(file.name))


def _pixels(upload: File) -> Image.Image:
    if upload.size > MAX_UPLOAD_BYTES:
        raise ValidationError(_("This file is larger than 20 MB. Please choose a smaller one."))
    try:
        upload.seek(0)
        picture = Image.open(upload, formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise ValidationError(_("This picture has more than 40 million pixels."))
        # Small before anything else is done to it: each step on 40 million pixels takes memory.
        picture.draft("RGB", (ENOUGH, ENOUGH))
        if picture.mode in ("RGB", "RGBA", "L", "CMYK"):
            picture.thumbnail((ENOUGH, ENOUGH), Image.Resampling.BOX)
        # The camera's turn of the picture is metadata too: apply it, then it can go.
        return _in_colour(ImageOps.exif_transpose(picture))
    except ValidationError:
        raise
    except Image.DecompressionBombError:
        raise ValidationError(_("This picture has more than 40 million pixels.")) from None
    except Exception as error:  # damaged files make decoders fail in more ways than can be named
        raise ValidationError(
            _("This file is not a picture that can be read. Use JPEG, PNG, WebP, AVIF or TIFF.")
        ) from error


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # Greys of 16 bits: Pillow would cut off what is above 255 instead of scaling it.
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert("RGB")


def _rendition(picture: Image.Image, width: int, stem: str) -> ContentFile:
    small = picture.copy()
    small.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", small.size)
    clean.paste(small)
    file = io.BytesIO()
    clean.save(file, "WEBP", quality=QUALITY, method=5)
    return ContentFile(file.getvalue(), name=f"{stem}-{width}.webp")
