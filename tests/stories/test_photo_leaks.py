"""What a camera or an agency wrote into a file is in nothing that can be fetched, and in no log."""

import base64
import io
import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.test import Client
from PIL import Image

from advocacy.logs import JsonFormatter
from petitions.models import Petition
from stories import pictures, search
from stories.models import Defender, Photo, SearchEntry, Story
from tests.advocacy.world import make_world
from tests.stories.desk import save
from tests.stories.fixtures.make import HEBREW, SECRETS
from tests.stories.test_photos import HEBREW_PHOTO, add, change, clear, make_files, other_desk

__all__ = ["other_desk"]
pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parent / "fixtures"
NAME = "mira-novak-at-home.jpg"
# Segments of a JPEG that hold the picture and nothing else; JFIF says how wide a dot is.
PIXELS_ONLY = {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xDD}


def forms(secret: str) -> list[bytes]:
    """A text in every dress in which it could leave: two alphabets, percent signs, base64, hex."""
    plain = secret.encode()
    found = [plain, secret.encode("utf-16-le"), secret.encode("utf-16-be"), plain.hex().encode(),
             "".join(f"%{byte:02X}" for byte in plain).encode()]  # fmt: skip
    for shift in range(3 if len(plain) > 8 else 0):  # base64 has three looks
        coded = base64.b64encode(bytes(shift) + plain)
        found.append(coded[4 if shift else 0 : -4])
    return [*found, *(form.lower() for form in found[:5]), quote(secret).encode()]


def leaks(public: dict[str, bytes], secrets: list[str]) -> list[str]:
    """What was found where."""
    return [
        f"{secret} in {where}"
        for where, content in public.items()
        for secret in secrets
        if any(form in content or form in content.lower() for form in forms(secret))
    ]


def everything_public(photo: Photo) -> dict[str, bytes]:
    """All that a stranger can fetch of a site that shows this photo wherever it can."""
    world = make_world()
    for model in (Story, Defender, Petition):
        model.objects.update(photo=photo)
    photo.stories_shown.set(Story.objects.all())
    photo.defenders_shown.set(Defender.objects.all())
    search.index_all()
    addresses = [*world.addresses().values(), *world.pages(), f"/search/?q={NAME[:4]}"]
    addresses += [pictures.default_storage.url(name) for name in photo.files]
    public = {}
    for address in addresses:
        answer = Client().get(address)
        content = b"".join(answer) if answer.streaming else answer.content
        public[address] = content + repr(answer.headers).encode()
    public |= {f"entry {e.kind} {e.key}": repr(vars(e)).encode() for e in SearchEntry.objects.all()}
    media = Path(django_settings.MEDIA_ROOT)
    files = [file for file in media.rglob("*") if file.is_file()]
    return public | {str(file): file.read_bytes() + file.name.encode() for file in files}


def test_the_search_for_leaks_finds_them():
    for form in (
        b"x LEAK-IPTC-CREDIT y", "LEAK-IPTC-CREDIT".encode("utf-16-le"),
        base64.b64encode(b".LEAK-IPTC-CREDIT."), base64.b64encode(b"..LEAK-IPTC-CREDIT."),
        base64.b64encode(b"LEAK-IPTC-CREDIT"), b"%4c%45%41%4b-iptc".replace(
            b"-iptc", b"%2d%49%50%54%43%2d%43%52%45%44%49%54"),
    ):  # fmt: skip
        assert leaks({"page": form}, ["LEAK-IPTC-CREDIT"]), form
    assert not leaks({"page": b"LEAK-IPTC"}, ["LEAK-IPTC-CREDIT"])


# One is enough for PostgreSQL: from the file of any kind the same words come to the same rows.
@pytest.mark.parametrize(
    "name",
    ["told.jpg", *(pytest.param(f"told.{kind}", marks=pytest.mark.once)
                   for kind in ("png", "webp", "tif"))]
)  # fmt: skip
def test_of_all_that_a_file_tells_nothing_is_public_and_nothing_in_a_log(
    desk, other_desk, settings, tmp_path, caplog, name
):
    settings.MEDIA_ROOT = tmp_path
    kept = (FIXTURES / name).read_bytes()
    assert b"LEAK-EXIF-SERIAL" in kept
    with caplog.at_level(logging.DEBUG):
        photo = add(desk, kept, NAME, credit="Photo: AFP")
        assert not any(tmp_path.rglob("*.*"))
        clear(other_desk, photo)
        make_files()
        photo.refresh_from_db()
        public = everything_public(photo)
    assert photo.formats_count == 3
    shown_on = [address for address, content in public.items() if photo.stem.encode() in content]
    assert {"/", "/stories/", "/defenders/"} < set(shown_on)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    public["log"] = "\n".join(lines).encode()
    told = [*SECRETS.values(), "LEAK-", "mira-novak", "52.5200", "13.4050", photo.sha256]
    assert leaks(public, told) == []


@pytest.mark.once
@pytest.mark.parametrize("name", ["told.jpg", "told.png", "told.webp", "told.tif"])
def test_public_files_have_no_part_that_could_hold_a_word(desk, settings, tmp_path, name):
    settings.MEDIA_ROOT = tmp_path
    photo = add(desk, (FIXTURES / name).read_bytes())
    jpeg, webp, avif = (
        Path(tmp_path, pictures.file_name(photo.stem, photo.widths[0], kind)).read_bytes()
        for kind in pictures.FORMATS
    )
    assert set(segments(jpeg)) <= PIXELS_ONLY
    assert webp[12:16] == b"VP8 "  # the simple kind of file, which has no room for anything else
    assert int.from_bytes(webp[4:8], "little") + 8 == len(webp)
    for box in (b"Exif", b"mime", b"prof", b"uuid"):
        assert box not in avif[:400]
    for file in (jpeg, webp, avif):
        image = Image.open(io.BytesIO(file))
        assert not image.info.keys() & {"exif", "xmp", "icc_profile", "comment", "photoshop"}
        assert not dict(image.getexif())


def segments(jpeg: bytes) -> list[int]:
    """The kinds of a JPEG's segments, in a row."""
    kinds, at = [], 2
    while at < len(jpeg) - 2:
        kind = jpeg[at + 1]
        kinds.append(kind)
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if kind == 0xDA:  # then come the pixels, until the next marker
            at += re.search(rb"\xff[^\x00\xd0-\xd7]", jpeg[at:]).start()
    assert jpeg[at:] == b"\xff\xd9"
    return kinds


def test_the_seed_s_photo_stands_on_its_own_page_alone_even_when_it_is_cleared(
    desk, other_desk, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    photo = add(desk, HEBREW_PHOTO.read_bytes(), NAME)
    assert photo.state == Photo.State.QUARANTINED
    clear(other_desk, photo)
    make_files()
    photo.refresh_from_db()
    assert (photo.state, photo.formats_count) == (Photo.State.CLEARED, 3)
    public = everything_public(photo)
    shown_on = {address for address, content in public.items() if photo.stem.encode() in content}
    files = {address for address in shown_on if "/photos/" in address}
    own_pages = {row.get_absolute_url() for model in (Story, Defender, Petition)
                 for row in model.objects.all()}  # fmt: skip
    assert shown_on - files <= own_pages
    assert any(address.startswith("/stories/") for address in shown_on)
    assert leaks(public, ["mira-novak", "REF-2041", *HEBREW.split(" *** Local Caption *** ")]) == []


@pytest.mark.parametrize(
    "name",
    ["mira-novak.jpg", "../../etc/mira-novak.jpg", "C:\\Users\\mira\\IMG_2041.jpg",
     "mira\u202egpj.exe", "מירה-נובק.jpg", "mira\0.jpg", "m" * 300 + ".jpg", " .jpg"]
)  # fmt: skip
def test_whatever_a_file_is_called_its_name_is_kept_nowhere(desk, settings, tmp_path, name):
    settings.MEDIA_ROOT = tmp_path
    photo = add(desk, HEBREW_PHOTO.read_bytes(), name)
    save(desk, change(photo), alt="A street by day.")
    assert re.fullmatch("[0-9a-f]{32}", photo.original.name)
    page = desk.get(change(photo)).content.decode()
    for kept in (repr(vars(Photo.objects.get())), page):
        assert not re.search(r"mira|IMG_2041|מירה|etc/|mmmm|\u202e", kept)
