"""What a file says is read, and never lost before an editor has read it."""

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from stories import filewords
from tests.stories.fixtures.make import HEBREW, SECRETS
from tests.stories.uploads import encoded, picture, upload, with_iptc

FIXTURES = Path(__file__).parent / "fixtures"


def read(name: str) -> filewords.FileWords:
    with Image.open(FIXTURES / name) as image:
        return filewords.read(image)


@pytest.mark.parametrize("name", ["told.jpg", "told.tif"])
def test_what_an_agency_writes_is_read(name):
    words = read(name)
    assert words.caption == SECRETS["IPTC:Caption-Abstract"]
    assert words.credit == SECRETS["IPTC:Credit"]
    assert words.creator == SECRETS["IPTC:By-line"]
    assert words.reference == SECRETS["IPTC:OriginalTransmissionReference"]
    assert words.instructions == SECRETS["IPTC:SpecialInstructions"]


@pytest.mark.parametrize("name", ["told.png", "told.webp"])
def test_where_there_is_no_iptc_xmp_and_exif_are_read(name):
    words = read(name)
    assert words.caption == SECRETS["XMP-dc:Description"]
    assert words.creator == SECRETS["XMP-dc:Creator"]
    for tag in ("XMP-photoshop:City", "EXIF:ImageDescription", "EXIF:Artist"):
        assert SECRETS[tag] in words.everything


def test_what_stands_anywhere_is_searched():
    words = read("told.jpg").everything
    for tag in ("File:Comment", "EXIF:UserComment", "EXIF:ImageDescription", "XMP-dc:Description"):
        assert SECRETS[tag] in words, tag


def test_what_an_agency_wrote_into_a_png_is_searched_though_png_has_no_place_for_it():
    words = read("told.png").everything
    for tag in ("IPTC:Caption-Abstract", "IPTC:SpecialInstructions", "PNG:Comment"):
        assert SECRETS[tag] in words, tag
    for damaged in ("", "\n", "\nIPTC\n9\nzz", "one line"):
        info = PngImagePlugin.PngInfo()
        info.add_text("Raw profile type iptc", damaged)
        with Image.open(upload(encoded(picture(), "PNG", pnginfo=info))) as image:
            filewords.read(image)


def test_the_wire_s_marker_splits_off_the_restriction():
    words = read("hebrew.jpg")
    caption, restriction = HEBREW.split(" *** Local Caption *** ")
    assert words.caption == caption
    assert words.instructions == restriction
    assert words.reference == "REF-2041"


@pytest.mark.parametrize(
    ("text", "parts"),
    [("A. *** Local Caption *** B.", ("A.", "B.")), ("A.***local caption***B.", ("A.", "B.")),
     ("A.", ("A.", "")), ("*** Local Caption *** B.", ("", "B.")),
     ("A *** Local Caption *** B *** Local Caption *** C", ("A", "B\nC"))]
)  # fmt: skip
def test_the_marker_is_found_wherever_it_stands(text, parts):
    assert filewords.split(text) == parts


def test_words_in_an_old_code_are_searched_in_each_that_they_may_be_in():
    jpeg = with_iptc(encoded(picture()), "x" * 20)
    jpeg = jpeg.replace(b"x" * 20, "קטינים".encode("cp1255").ljust(20))
    with Image.open(upload(jpeg)) as image:
        assert "קטינים" in filewords.read(image).everything


def test_an_attack_in_the_xmp_is_searched_as_text_and_not_carried_out():
    attack = (
        b'<!DOCTYPE x [<!ENTITY a "minors">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>'
    )
    with Image.open(upload(encoded(picture(), xmp=attack))) as image:
        assert "minors" in filewords.read(image).everything


def test_a_picture_that_says_nothing_says_nothing():
    with Image.open(upload(encoded(picture()))) as image:
        words = filewords.read(image)
    assert (words.caption, words.credit, words.instructions) == ("", "", "")
