"""Files made to do harm: too large once unpacked, two kinds at once, or more than anybody sends."""

import io
import resource
import struct
import time
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stories import pictures
from stories.models import Photo
from tests.factories import make_petition
from tests.stories.desk import save
from tests.stories.uploads import XMP_TAG, encoded, exif, picture, upload

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADD = "/admin/stories/photo/add/"
HARM = b"<script>alert('harm')</script>"


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that says it is so large, and holds next to nothing."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 4000))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + pixels + chunk(b"IEND", b"")


def looked(content: bytes) -> pictures.Looked | ValidationError:
    """What a look at it gives, or the sentence for the editor."""
    try:
        return pictures.look(upload(content))
    except ValidationError as refusal:
        return refusal


@pytest.mark.parametrize("size", [(50_000, 50_000), (1, 2**31 - 1), (2**31 - 1, 1), (6325, 6325)])
def test_a_picture_that_says_it_is_enormous_costs_neither_time_nor_memory(size):
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    assert isinstance(looked(png(*size)), ValidationError)
    assert time.monotonic() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_words_that_unpack_to_a_hundred_megabytes_do_not(kind):
    bomb = zlib.compress(b"\0" * 100_000_000)
    texts = {b"zTXt": b"a\0\0" + bomb, b"iTXt": b"a\0\1\0\0\0" + bomb, b"iCCP": b"a\0\0" + bomb}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    looked(png(40, 25, *[chunk(kind, texts[kind])] * 5))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250_000


@pytest.mark.parametrize(
    "xml",
    ['<!DOCTYPE a [<!ENTITY b "' + "x" * 1000 + '">'
     + "".join(f'<!ENTITY c{n} "{"&b;" * 50}">' for n in range(20)) + "]><a>&c1;</a>",
     '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
     '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', "<a>" * 100_000],
    ids=["laughs", "a file", "an address", "deep"],
)  # fmt: skip
def test_xml_in_a_photo_opens_nothing_and_grows_into_nothing(xml):
    notes = exif()
    notes[XMP_TAG] = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{xml}</x:xmpmeta>".encode()
    found = looked(encoded(picture(), "TIFF", exif=notes))
    assert "root:" not in repr(found)


POLYGLOTS = {
    "page behind a JPEG": encoded(picture()) + HARM,
    "page before the end of a PNG": png(40, 25, chunk(b"teXt", HARM)),
    "page in a JPEG's comment": encoded(picture(), comment=HARM),
    "archive behind a JPEG": encoded(picture()) + b"PK\x03\x04" + HARM + b"PK\x05\x06",
    "page behind a WebP": encoded(picture(), "WEBP") + HARM,
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_is_two_things_at_once_is_published_as_a_picture_only(
    desk, settings, tmp_path, name, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("a.html", POLYGLOTS[name], content_type="text/html")
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, ADD, image=file, alt="A.", credit="Us")
    while pictures.render_next():
        pass
    photo = Photo.objects.get()
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert files
    for one in files:
        assert HARM not in one.read_bytes()
        answer = desk.get(f"/media/photos/{one.name}")
        assert answer["Content-Type"] == pictures.TYPES[one.suffix[1:]]
        assert answer["X-Content-Type-Options"] == "nosniff"
        answer.close()
    assert photo.is_ready


@pytest.mark.parametrize("path", ["sign", "code", "link"])
def test_more_fields_or_files_than_anybody_sends_are_refused_with_a_page(path, settings):
    address = f"{make_petition().get_absolute_url()}{path}/"
    many = {f"a{number}": "b" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    files = {f"a{number}": io.BytesIO(b"x") for number in range(101)}
    for form in (many, files):
        answer = Client().post(address, form)
        assert answer.status_code == 400
        assert answer.content.rstrip().endswith(b"</html>")


@pytest.mark.parametrize("path", ["sign", "code", "link"])
def test_a_form_larger_than_a_megabyte_is_refused_with_a_page(path, settings):
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 1024 * 1024
    address = f"{make_petition().get_absolute_url()}{path}/"
    answer = Client().post(address, {"name": "x" * 1024 * 1024})
    assert answer.status_code in (400, 413)
    assert answer.content.rstrip().endswith(b"</html>")
