"""Pictures as cameras and programs make them: with words in them that must not reach the web."""

import io
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, PngImagePlugin

from stories import clearing, pictures
from stories.models import Photo

GPS, ORIENTATION, DESCRIPTION, XMP_TAG = 0x8825, 0x0112, 0x010E, 700


def picture(
    width: int = 60, height: int = 40, mode: str = "RGB", colour: object = 0
) -> Image.Image:
    """A picture of one colour."""
    return Image.new(mode, (width, height), colour)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The file of a picture."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def upload(content: bytes, name: str = "IMG_2041.jpg") -> ContentFile:
    """What the admin's form hands over."""
    return ContentFile(content, name=name)


def exif(secret: str = "", orientation: int = 1) -> Image.Exif:
    """A camera's notes, with a place."""
    notes = Image.Exif()
    notes[ORIENTATION] = orientation
    if secret:
        notes[DESCRIPTION] = secret
        notes.get_ifd(GPS)[29] = secret  # GPSDateStamp, a text
    return notes


def with_iptc(jpeg: bytes, secret: str) -> bytes:
    """The same JPEG with a caption as press agencies write it."""
    caption = b"\x1c\x02\x78" + len(secret).to_bytes(2, "big") + secret.encode()
    block = b"8BIM\x04\x04\x00\x00" + len(caption).to_bytes(4, "big") + caption
    block += b"\x00" * (len(caption) % 2)
    segment = b"Photoshop 3.0\x00" + block
    return jpeg[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]


def jpeg_with_everything(secret: str, image: Image.Image | None = None) -> bytes:
    """A JPEG whose EXIF, XMP, IPTC, comment and colour profile all hold the secret."""
    words = secret.encode()
    content = encoded(
        image or picture(), "JPEG", exif=exif(secret), xmp=words, comment=words, icc_profile=words
    )
    return with_iptc(content, secret)


def png_with_everything(secret: str) -> bytes:
    """A PNG with texts of all three kinds, EXIF and XMP."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", secret)
    info.add_itxt("Comment", secret)
    info.add_itxt("XML:com.adobe.xmp", secret)
    return encoded(picture(), "PNG", pnginfo=info, exif=exif(secret))


def stored_photo(
    width: int = 60, height: int = 40, content: bytes = b"", who: str = "mira", **wish: object
) -> Photo:
    """A photo that came in like any other, with all its files."""
    photo = received_photo(content or encoded(picture(width, height)), who, **wish)
    while pictures.render_next():
        pass
    photo.refresh_from_db()
    return photo


def received_photo(content: bytes, who: str = "mira", **wish: object) -> Photo:
    """A photo that was uploaded just now; nothing of it is public."""
    photo = Photo(**{"alt": "A street at night.", "credit": "Drawing: Us"} | wish)
    file = upload(content)
    clearing.receive(photo, file, pictures.look(file), who)
    photo.save()
    return photo


def stored_files(photo: Photo) -> dict[str, bytes]:
    """The public files of a photo that are there, by name."""
    files = {name: default_storage.path(name) for name in photo.files}
    return {n: Path(path).read_bytes() for n, path in files.items() if Path(path).exists()}
