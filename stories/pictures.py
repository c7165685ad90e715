"""What becomes of an uploaded picture: new files that carry nothing but the picture.

In the request a file is only looked at (`look`). The public files are made from the private
original by the worker (`render_next`), one photo and one format at a time.
"""

from __future__ import annotations

import io
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image

from stories import filewords, locking, originals

if TYPE_CHECKING:
    from stories.photos import Photo

log = logging.getLogger("stories.pictures")

WIDTHS = (320, 640, 1280, 1920)  # pixels: a card on a phone, a phone, a page, a sharp page
PHONE_WIDTH = WIDTHS[1]
LARGEST = (WIDTHS[-1], 2 * WIDTHS[-1])
ENOUGH = 2  # times as many pixels as wanted, each way; the finest scaling happens from here on
PREVIEW = (640, 640)  # pixels, for editors only
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000  # above this a small file may fill the memory (a decompression bomb)
READ = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF")

# In the order in which they are made: what every browser shows first, what takes longest last.
FORMATS = ("jpg", "webp", "avif")
QUICK = FORMATS[:2]
TYPES = {"jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}
# Near each other to the eye, with fewer bytes from one to the next.
SAVING: dict[str, dict[str, object]] = {
    "jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
    "avif": {"format": "AVIF", "quality": 58, "speed": 7},
}
# Of the files for phones, which show two or three of their dots for one of a page.
SAVING_SMALL = SAVING["avif"] | {"quality": 46}
LEASE = timedelta(minutes=5)  # far more than the largest picture takes
MAX_TRIES = 9  # three for each format
# What makes a picture upright, by the camera's note of how it was held (Exif 2.32, 4.6.4 A).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = {_TURNS[note] for note in (5, 6, 7, 8)}
# What ISO/IEC 23008-12 calls its brands.
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


@dataclass(frozen=True)
class Looked:
    """What a first look at an upload gives: its size on pages, its words, a small copy."""

    width: int
    height: int
    words: filewords.FileWords
    preview: ContentFile


def look(upload: File) -> Looked:
    """Read an upload and what is written into it, and make nothing public.

    Raises ValidationError with a sentence for the editor.
    """
    preview, words, size = _opened(upload, PREVIEW)
    width, height = _fitting(size, LARGEST)
    preview = _scaled(preview, _fitting(size, PREVIEW))
    file = ContentFile(_encoded(preview, "jpg"), name=secrets.token_hex(16))
    return Looked(width, height, words, file)


def widths(full: int) -> list[int]:
    """The widths that a picture of this full width is made in: never larger than it is."""
    return [width for width in WIDTHS if width < full] + [min(full, WIDTHS[-1])]


def new_stem() -> str:
    """What nobody can guess."""
    return secrets.token_hex(16)


def file_name(stem: str, width: int, kind: str) -> str:
    """The name of a public file."""
    return f"photos/{stem}-{width}.{kind}"


def address(stem: str, width: int, kind: str) -> str:
    """The public address of a file."""
    return default_storage.url(file_name(stem, width, kind))


# --- The worker's part ----------------------------------------------------------------------------


def render_next(formats: tuple[str, ...] = FORMATS) -> int:
    """Make the next format of one photo that lacks it; 0 if there is none to be made."""
    photo = _claimed(len(formats))
    if photo is None:
        return 0
    try:
        _make(photo, FORMATS[photo.formats_count])
    except (ValidationError, OSError, locking.Locked) as error:  # gone, damaged, or no key for it
        log.error("photo not made", exc_info=error, extra={"facts": {"photo": photo.pk}})
        if isinstance(error, locking.Locked):
            # Not the photo's fault: it waits for its lease to end, as often as it takes.
            type(photo).objects.filter(pk=photo.pk).update(tries_count=F("tries_count") - 1)
        return 1
    if not _count(photo):
        # Meanwhile it was exchanged, deleted or quarantined: then nobody may fetch these.
        _delete(photo.files)
    return 1


def lock_originals() -> int:
    """Lock what was uploaded before there were locks. Returns how many files. Raises Locked."""
    from stories.photos import Photo

    store, locked_count = originals.private(), 0
    for name in store.plain_names():
        with transaction.atomic():
            # Held, so that nobody deletes the file while it is written anew.
            rows = Photo.objects.filter(Q(original=name) | Q(preview=name))
            list(rows.select_for_update().values_list("pk"))
            with suppress(FileNotFoundError):  # deleted a moment ago
                locked_count += store.lock_again(name)
    return locked_count


def take_down_barred() -> int:
    """Delete the public files of photos that may stand nowhere any more."""
    from stories.photos import Photo

    taken = 0
    for photo in Photo.objects.not_showable().filter(formats_count__gt=0):
        taken += withdraw_files(photo)
    return taken


@transaction.atomic
def withdraw_files(photo: Photo) -> int:
    """Delete a photo's public files; should it be shown again, it gets other names."""
    rows = type(photo).objects.filter(pk=photo.pk, stem=photo.stem)
    delete_files(photo)
    return rows.update(stem=new_stem(), formats_count=0, leased_until=None, tries_count=0)


def delete_files(photo: Photo) -> None:
    """Delete a photo's public files, once what is being done is done for good."""
    names = photo.files
    transaction.on_commit(lambda: _delete(names))


def take_down(photo: Photo) -> None:
    """Delete a photo's files, public and private, once its row is gone or changed for good."""
    delete_files(photo)
    for file in (photo.original, photo.preview):
        transaction.on_commit(lambda file=file: file.storage.delete(file.name))


@transaction.atomic
def _claimed(formats_count: int) -> Photo | None:
    """A photo with a format to be made, held for a while; a killed worker's is free after that."""
    from stories.photos import Photo

    now = timezone.now()
    waiting = Photo.objects.showable().filter(
        Q(leased_until=None) | Q(leased_until__lt=now),
        formats_count__lt=formats_count,
        tries_count__lt=MAX_TRIES,
    )
    photo = (
        waiting.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        .order_by("formats_count", "tries_count", "pk")
        .first()
    )
    if photo:
        photo.leased_until = now + LEASE
        rows = Photo.objects.filter(pk=photo.pk)
        rows.update(leased_until=photo.leased_until, tries_count=F("tries_count") + 1)
    return photo


def _make(photo: Photo, kind: str) -> None:
    with photo.original.open() as original:
        picture, _words, size = _opened(original, LARGEST)
    for width in photo.widths:
        small = _scaled(picture, _fitting(size, (width, LARGEST[1])))
        _store(file_name(photo.stem, width, kind), _encoded(small, kind))


def _count(photo: Photo) -> int:
    """Count the format, if the photo is still what it was when it was claimed."""
    rows = type(photo).objects.showable().filter(pk=photo.pk, stem=photo.stem)
    # Two workers, one of them thought dead, may have made the same: then one of them counts.
    moved = rows.filter(formats_count=photo.formats_count).update(
        formats_count=photo.formats_count + 1, leased_until=None
    )
    return moved or rows.count()


def _store(name: str, content: bytes) -> None:
    default_storage.delete(name)  # what a killed worker has left half done
    default_storage.save(name, ContentFile(content))


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


# --- Pixels ---------------------------------------------------------------------------------------


def _opened(
    upload: File, box: tuple[int, int]
) -> tuple[Image.Image, filewords.FileWords, tuple[int, int]]:
    """The upright picture, large enough to be scaled to this box; its words; its full size."""
    if upload.size > MAX_UPLOAD_BYTES:
        raise ValidationError(_("This file is larger than 20 MB. Please choose a smaller one."))
    try:
        upload.seek(0)
        _refuse_heic(upload.read(12))
        upload.seek(0)
        picture = Image.open(upload, formats=READ)
        if picture.width * picture.height > MAX_PIXELS:
            raise ValidationError(_("This picture has more than 40 million pixels."))
        words = filewords.read(picture)
        turn = _turn(picture)
        is_on_its_side = turn in _ON_ITS_SIDE
        size = picture.size[::-1] if is_on_its_side else picture.size
        picture = _pixels(picture, box[::-1] if is_on_its_side else box)
        # The camera's turn of the picture is metadata too: apply it, then it can go.
        return picture if turn is None else picture.transpose(turn), words, size
    except ValidationError:
        raise
    except Image.DecompressionBombError:
        raise ValidationError(_("This picture has more than 40 million pixels.")) from None
    except Exception as error:  # damaged files make decoders fail in more ways than can be named
        raise ValidationError(
            _("This file is not a picture that can be read. Use JPEG, PNG, WebP, AVIF or TIFF.")
        ) from error


def _turn(picture: Image.Image) -> Image.Transpose | None:
    if picture.format == "TIFF":  # turned by Pillow as it is read
        return None
    return _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))


def _refuse_heic(beginning: bytes) -> None:
    """Tell whoever has an iPhone how to send what we can read."""
    if beginning[4:8] == b"ftyp" and beginning[8:12] in _HEIC:
        raise ValidationError(
            _(
                "This is a HEIC photo, as iPhones make them, which we can’t read. Open it on the "
                "phone or the computer and export it as JPEG. For new photos: Settings, Camera, "
                "Formats, Most Compatible."
            )
        )


def _pixels(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    # Small before anything else is done to it: each step on 40 million pixels takes memory.
    wanted = _fitting(picture.size, (ENOUGH * box[0], ENOUGH * box[1]))
    picture.draft("RGB", wanted)
    if picture.size != wanted:
        picture = _scalable(picture).resize(wanted, Image.Resampling.BOX)
    return _in_colour(picture)


def _scalable(picture: Image.Image) -> Image.Image:
    """In a mode whose colours can be mixed, which numbers of a palette can't."""
    if "transparency" in picture.info and picture.mode in ("1", "L", "P", "RGB"):
        return picture.convert("RGBA")
    if picture.mode.startswith("I;16") and picture.mode != "I;16":
        return picture.convert("I")
    mixed = {"1": "L", "P": "RGB", "PA": "RGBA"}.get(picture.mode)
    return picture.convert(mixed) if mixed else picture


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # Greys of 16 bits: Pillow would cut off what is above 255 instead of scaling it.
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        sheet = Image.new("RGBA", picture.size, "white")
        sheet.alpha_composite(picture.convert("RGBA"))
        return sheet.convert("RGB")
    return picture.convert("RGB")


def _fitting(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of these proportions within the box; never larger than it is."""
    scale = min(1, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A copy of this size, in a picture of its own, since one that was opened keeps comments."""
    clean = Image.new("RGB", size)
    clean.paste(picture.resize(size, Image.Resampling.LANCZOS))
    return clean


def _encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    is_small = kind == "avif" and picture.width <= PHONE_WIDTH
    picture.save(file, **(SAVING_SMALL if is_small else SAVING[kind]))
    return file.getvalue()
