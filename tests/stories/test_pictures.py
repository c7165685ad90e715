"""What becomes of a photograph: the picture stays, and nothing that betrays anybody."""

import contextlib
import io
import random
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from PIL import Image

from stories import pictures
from stories.models import Photo
from tests.stories.uploads import (
    XMP_TAG,
    encoded,
    exif,
    jpeg_with_everything,
    picture,
    png_with_everything,
    received_photo,
    stored_files,
    stored_photo,
    upload,
)

pytestmark = pytest.mark.django_db
SECRET = "Mira-Novak-52.5200N-13.4050E"
RED, BLUE = (220, 20, 20), (20, 20, 220)


def rendered(content: bytes) -> dict[str, bytes]:
    """What becomes of a file in the end: its public files by their names."""
    return stored_files(stored_photo(content=content))


def opened(content: bytes, kind: str = "webp") -> Image.Image:
    """The largest public file that becomes of this."""
    photo = stored_photo(content=content)
    file = stored_files(photo)[pictures.file_name(photo.stem, photo.widths[-1], kind)]
    return Image.open(io.BytesIO(file))


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
    files = rendered(content)
    assert len(files) == 3
    for file in files.values():
        assert SECRET.encode() not in file
        told = Image.open(io.BytesIO(file)).info.keys()
        assert not told & {"exif", "xmp", "icc_profile", "comment", "photoshop"}


def test_nor_does_it_reach_the_copy_that_editors_see():
    for content in files_with_secrets().values():
        preview = Path(received_photo(content).preview.path).read_bytes()
        assert preview
        assert SECRET.encode() not in preview


def test_names_are_random_and_tell_nothing_of_the_upload():
    content = encoded(picture())
    names = [name for _ in "12" for name in rendered(content)]
    assert len(set(names)) == 6
    assert all(re.fullmatch(r"photos/[0-9a-f]{32}-60\.(jpg|webp|avif)", name) for name in names)


@pytest.mark.parametrize(
    ("full", "widths"),
    [(60, [60]), (320, [320]), (700, [320, 640, 700]), (5000, [320, 640, 1280, 1920])],
)
def test_there_are_several_widths_and_none_is_blown_up(full, widths):
    photo = stored_photo(full, 30)
    assert photo.widths == widths
    for name, file in stored_files(photo).items():
        width = int(re.search(r"-(\d+)\.", name)[1])
        assert Image.open(io.BytesIO(file)).width == width
    assert len(stored_files(photo)) == 3 * len(widths)


def test_a_very_long_picture_keeps_at_least_one_pixel():
    for size in ((3000, 1), (1, 3000)):
        photo = stored_photo(*size)
        assert min(photo.width, photo.height) == 1
        assert len(stored_files(photo)) == 3 * len(photo.widths)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_taken_with_the_camera_on_its_side_stands_upright(kind):
    image = picture(80, 40, colour=RED)
    image.paste(BLUE, (40, 0, 80, 40))  # red at the left, blue at the right
    turned = opened(encoded(image, kind, exif=exif(orientation=6)))
    assert turned.size == (40, 80)
    assert turned.getpixel((20, 10))[0] > 150  # a quarter turn clockwise: red is on top
    assert turned.getpixel((20, 70))[2] > 150


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("P", "PNG"), ("L", "JPEG"), ("1", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG"),
     ("CMYK", "TIFF"), ("LA", "PNG"), ("RGBA", "WEBP"), ("F", "TIFF")]
)  # fmt: skip
def test_pictures_of_every_kind_are_taken(mode, kind):
    for file in rendered(encoded(picture(mode=mode), kind)).values():
        assert Image.open(io.BytesIO(file)).mode == "RGB"


def test_what_was_see_through_is_paper():
    clear = encoded(picture(mode="RGBA", colour=(0, 0, 0, 0)), "PNG")
    assert min(opened(clear).getpixel((20, 20))) > 245


def test_a_grey_of_sixteen_bits_stays_that_grey():
    grey = opened(encoded(picture(mode="I;16", colour=0x8080), "PNG"))
    assert abs(grey.getpixel((20, 20))[0] - 0x80) < 8


def test_of_a_moving_picture_the_first_frame_is_kept():
    film = encoded(
        picture(colour=RED), "WEBP", save_all=True, append_images=[picture(colour=BLUE)], duration=9
    )
    still = opened(film)
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
        pictures.look(upload(NO_PICTURES[name], name))
    assert refusal.value.messages == [
        "This file is not a picture that can be read. Use JPEG, PNG, WebP, AVIF or TIFF."
    ]


def test_the_ending_of_a_name_decides_nothing():
    assert pictures.look(upload(encoded(picture(), "PNG"), "picture.jpg")).width == 60


def test_a_zip_is_no_picture_whatever_it_is_called():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IMG_2041.jpg", b"\0" * 10_000_000)
    with pytest.raises(ValidationError, match="not a picture"):
        pictures.look(upload(file.getvalue()))


def test_in_the_request_nothing_is_made_public(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    received_photo(encoded(picture()))
    assert not any(tmp_path.rglob("*"))


# --- The worker -----------------------------------------------------------------------------------


def test_the_worker_makes_what_every_browser_shows_first():
    photo = received_photo(encoded(picture()))
    assert not photo.is_ready
    made = []
    while pictures.render_next():
        photo.refresh_from_db()
        made.append(photo.formats_count)
    assert made == [1, 2, 3]
    assert [kind for kind, _ in photo.sources] == ["image/avif", "image/webp"]


def test_a_photo_without_files_comes_before_one_that_lacks_the_best():
    first, second = received_photo(encoded(picture())), received_photo(encoded(picture()))
    pictures.render_next()
    pictures.render_next()
    for photo in (first, second):
        photo.refresh_from_db()
        assert photo.formats_count == 1


def test_what_one_worker_holds_another_leaves_alone(monkeypatch):
    received_photo(encoded(picture()))
    at_once = []
    monkeypatch.setattr(pictures, "_store", lambda *_: at_once.append(pictures.render_next()))
    assert pictures.render_next() == 1
    assert at_once == [0]


def test_a_killed_worker_costs_nothing_but_time(monkeypatch):
    photo = received_photo(encoded(picture()))
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "_count", lambda _: 1 / 0)  # files are there, and nobody says so
        with pytest.raises(ZeroDivisionError):
            pictures.render_next()
    assert pictures.render_next() == 0  # as long as it is held
    Photo.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    while pictures.render_next():
        pass
    photo.refresh_from_db()
    assert len(stored_files(photo)) == photo.formats_count == 3


def test_a_photo_that_is_quarantined_while_it_is_made_leaves_no_file(monkeypatch):
    photo = received_photo(encoded(picture()))
    quarantine = Photo.objects.filter(pk=photo.pk).update
    store = pictures._store

    def store_late(*args):
        quarantine(state="quarantined", stem="f" * 32)
        store(*args)

    monkeypatch.setattr(pictures, "_store", store_late)
    assert pictures.render_next() == 1
    assert stored_files(photo) == {}


def test_a_photo_that_can_not_be_made_is_not_tried_for_ever():
    photo = received_photo(encoded(picture()))
    Path(photo.original.path).write_bytes(b"broken")
    for _ in range(pictures.MAX_TRIES):
        assert pictures.render_next() == 1
        Photo.objects.update(leased_until=None)
    assert pictures.render_next() == 0
    photo.refresh_from_db()
    assert not photo.is_ready


@pytest.mark.parametrize(
    "change",
    [{"state": "quarantined", "reasons": "agency"}, {"consent_withdrawn_on": date(2026, 1, 1)},
     {"licence_until": date(2026, 1, 1)}]
)  # fmt: skip
def test_what_may_stand_nowhere_loses_its_files_and_gets_new_names_later(
    change, django_capture_on_commit_callbacks
):
    photo = stored_photo()
    assert stored_files(photo)
    Photo.objects.update(**change)
    with django_capture_on_commit_callbacks(execute=True):
        assert pictures.take_down_barred() == 1
    assert stored_files(photo) == {}
    assert pictures.take_down_barred() == pictures.render_next() == 0
    again = Photo.objects.get()
    assert again.stem != photo.stem
    assert not again.is_ready


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_UPLOAD_BYTES", 100)
    with pytest.raises(ValidationError, match="larger than 20 MB"):
        pictures.look(upload(b"x" * 101))


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 60 * 40 - 1)
    monkeypatch.setattr(Image.Image, "convert", pytest.fail)
    with pytest.raises(ValidationError, match="more than 40 million pixels"):
        pictures.look(upload(encoded(picture(60, 40))))


def test_a_bomb_that_the_library_knows_is_refused_with_the_same_sentence(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValidationError, match="more than 40 million pixels"):
        pictures.look(upload(encoded(picture(60, 40))))


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
            pictures.look(upload(bytes(damaged)))
