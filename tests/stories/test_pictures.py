"""What becomes of a photograph: the picture stays, and nothing that betrays anybody."""

import contextlib
import io
import random
import re

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from stories import pictures
from tests.stories.uploads import (
    XMP_TAG,
    encoded,
    exif,
    jpeg_with_everything,
    picture,
    png_with_everything,
    upload,
)

SECRET = "Mira-Novak-52.5200N-13.4050E"
RED, BLUE = (220, 20, 20), (20, 20, 220)


def opened(rendition) -> Image.Image:
    return Image.open(io.BytesIO(rendition.read()))


def files_with_secrets() -> dict[str, bytes]:
    words = SECRET.encode()
    return {
        "jpeg": jpeg_with_everything(SECRET),
        "png": png_with_everything(SECRET),
        "webp": encoded(picture(), "WEBP", exif=exif(SECRET), xmp=words, icc_profile=words),
        "avif": encoded(picture(), "AVIF", exif=exif(SECRET), xmp=words),
        "tiff": encoded(picture(), "TIFF", tiffinfo={270: SECRET, XMP_TAG: words}),
        "behind the end": encoded(picture(), "JPEG") + words,
    }


@pytest.mark.parametrize("kind", files_with_secrets())
def test_nothing_that_a_camera_wrote_into_the_file_reaches_the_web(kind):
    content = files_with_secrets()[kind]
    assert SECRET.encode() in content
    for rendition in pictures.renditions(upload(content)):
        assert SECRET.encode() not in rendition.read()
        rendition.seek(0)
        assert not opened(rendition).info.keys() & {"exif", "xmp", "icc_profile", "comment"}


def test_names_are_random_and_tell_nothing_of_the_upload():
    content = encoded(picture())
    names = [r.name for _ in "12" for r in pictures.renditions(upload(content, "mira-novak.jpg"))]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{32}-(640|1280)\.webp", name) for name in names)


def test_there_is_one_for_phones_and_one_for_pages():
    small, large = pictures.renditions(upload(encoded(picture(2000, 1000))))
    assert opened(small).size == (640, 320)
    assert opened(large).size == (1280, 640)


def test_a_small_picture_is_not_blown_up():
    sizes = [opened(r).size for r in pictures.renditions(upload(encoded(picture(60, 40))))]
    assert sizes == [(60, 40), (60, 40)]


def test_a_very_long_picture_keeps_at_least_one_pixel():
    for size in ((3000, 1), (1, 3000)):
        for rendition in pictures.renditions(upload(encoded(picture(*size)))):
            assert min(opened(rendition).size) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_taken_with_the_camera_on_its_side_stands_upright(kind):
    image = picture(80, 40, colour=RED)
    image.paste(BLUE, (40, 0, 80, 40))  # red at the left, blue at the right
    _, large = pictures.renditions(upload(encoded(image, kind, exif=exif(orientation=6))))
    turned = opened(large)
    assert turned.size == (40, 80)
    assert turned.getpixel((20, 10))[0] > 150  # a quarter turn clockwise: red is on top
    assert turned.getpixel((20, 70))[2] > 150


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("P", "PNG"), ("L", "JPEG"), ("1", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG"),
     ("CMYK", "TIFF"), ("LA", "PNG"), ("RGBA", "WEBP"), ("F", "TIFF")]
)  # fmt: skip
def test_pictures_of_every_kind_are_taken(mode, kind):
    for rendition in pictures.renditions(upload(encoded(picture(mode=mode), kind))):
        assert opened(rendition).mode == "RGB"


def test_a_grey_of_sixteen_bits_stays_that_grey():
    _, large = pictures.renditions(upload(encoded(picture(mode="I;16", colour=0x8080), "PNG")))
    assert abs(opened(large).getpixel((20, 20))[0] - 0x80) < 8


def test_of_a_moving_picture_the_first_frame_is_kept():
    film = encoded(
        picture(colour=RED), "WEBP", save_all=True, append_images=[picture(colour=BLUE)], duration=9
    )
    _, large = pictures.renditions(upload(film))
    still = opened(large)
    assert getattr(still, "n_frames", 1) == 1
    assert still.getpixel((20, 20))[0] > 150


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_PICTURES = {
    "text.jpg": b"Dear editors, here is the picture.",
    "nothing.jpg": b"",
    "drawing.svg": SVG,
    "drawing-that-says-it-is-a.png": SVG,
    "page-that-says-it-is-a.png": b"<html><script>alert(1)</script></html>",
    "moving.gif": encoded(picture(), "GIF"),
    "old.bmp": encoded(picture(), "BMP"),
    "print.eps": encoded(picture(), "EPS"),
    "cut-off.jpg": encoded(Image.effect_noise((200, 200), 90).convert("RGB"))[:2000],
    "cut-off.png": encoded(Image.effect_noise((200, 200), 90).convert("RGB"), "PNG")[:2000],
    "cut-off.webp": encoded(Image.effect_noise((200, 200), 90).convert("RGB"), "WEBP")[:2000],
    "cut-off.avif": encoded(Image.effect_noise((200, 200), 90).convert("RGB"), "AVIF")[:900],
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_refused_with_a_sentence(name):
    with pytest.raises(ValidationError) as refusal:
        pictures.renditions(upload(NO_PICTURES[name], name))
    assert refusal.value.messages == [
        "This file is not a picture that can be read. Use JPEG, PNG, WebP, AVIF or TIFF."
    ]


def test_the_ending_of_a_name_decides_nothing():
    small, _ = pictures.renditions(upload(encoded(picture(), "PNG"), "picture.jpg"))
    assert opened(small).format == "WEBP"


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_UPLOAD_BYTES", 100)
    with pytest.raises(ValidationError, match="larger than 20 MB"):
        pictures.renditions(upload(b"x" * 101))


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 60 * 40 - 1)
    monkeypatch.setattr(Image.Image, "convert", pytest.fail)
    with pytest.raises(ValidationError, match="more than 40 million pixels"):
        pictures.renditions(upload(encoded(picture(60, 40))))


def test_a_bomb_that_the_library_knows_is_refused_with_the_same_sentence(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValidationError, match="more than 40 million pixels"):
        pictures.renditions(upload(encoded(picture(60, 40))))


def test_a_large_photo_within_the_limit_brings_no_warning():
    """Between the library's limit and ours nothing may be left to chance."""
    assert pictures.MAX_PIXELS <= Image.MAX_IMAGE_PIXELS


@pytest.mark.filterwarnings("ignore")  # about strange files; in life they go to the log
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_however_a_file_is_damaged_the_editor_reads_a_sentence(kind):
    chance = random.Random(2026)
    whole = encoded(picture(), kind, exif=exif("Mira", orientation=6))
    for _ in range(2500):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 255, chance.randrange(256)])
        with contextlib.suppress(ValidationError):
            pictures.renditions(upload(bytes(damaged)))
