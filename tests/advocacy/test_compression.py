"""Public pages travel small; nothing is compressed where a secret could be beside typed words."""

import gzip

import brotli
import pytest

from advocacy import compression
from tests.advocacy.world import make_world
from tests.factories import honest, make_petition

pytestmark = pytest.mark.django_db
BOTH = {"accept-encoding": "gzip, deflate, br, zstd"}


def test_a_public_page_comes_in_brotli_or_gzip_and_says_that_it_varies(client):
    plain = client.get("/")
    for encoding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        small = client.get("/", headers={"accept-encoding": encoding})
        assert small["Content-Encoding"] == encoding
        assert unpack(small.content) == plain.content
        assert int(small["Content-Length"]) == len(small.content) < len(plain.content) / 2
        assert "Accept-Encoding" in small["Vary"]
    assert "Content-Encoding" not in plain
    assert "Accept-Encoding" in plain["Vary"]  # a cache must not hand it to others


@pytest.mark.parametrize(
    ("header", "chosen"),
    [("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip", "gzip"), ("gzip;q=0.5", "gzip"),
     ("GZIP", "gzip"), ("br;q=0.0", ""), ("", ""), ("identity", ""), ("deflate", ""),
     ("brotli", ""), ("br;level=4", "br"), (";;,,=", "")]
)  # fmt: skip
def test_a_browser_gets_what_it_takes(header, chosen):
    assert compression.accepted(header) == chosen


def test_no_private_page_and_no_answer_to_a_form_is_compressed(client, world):
    for name, address in world.addresses().items():
        response = client.get(address, headers=BOTH)
        control = response.get("Cache-Control", "")
        if "private" in control or "no-store" in control or response.streaming:
            assert "Content-Encoding" not in response, name
        response.getvalue()
    form = honest() | {"name": "Mira Novak", "email": "mira@"}
    answer = client.post(world.addresses()["petitions:sign"], form, headers=BOTH)
    assert answer.status_code == 422
    assert "Content-Encoding" not in answer


@pytest.fixture
def world():
    """One of everything."""
    return make_world()


def test_whatever_everybody_may_read_is_compressed(client, world):
    addresses = world.addresses()
    for name in ("home", "stories:story_detail", "petitions:petition_detail", "feeds:site",
                 "feeds:theme", "sitemaps", "stories:page_detail"):  # fmt: skip
        assert client.get(addresses[name], headers=BOTH)["Content-Encoding"] == "br", name


def test_the_desk_and_pictures_are_left_alone(desk, world):
    for address in ("/admin/", world.addresses()["media"]):
        response = desk.get(address, headers=BOTH)
        assert "Content-Encoding" not in response, address
        response.getvalue()


def test_a_feed_that_has_not_changed_is_not_sent_again(client):
    make_petition()
    first = client.get("/feeds/atom.xml", headers=BOTH)
    assert first["ETag"].startswith('W/"')
    again = client.get("/feeds/atom.xml", headers=BOTH | {"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "Accept-Encoding" in again["Vary"]
    plain = client.get("/feeds/atom.xml")
    assert plain["ETag"] == first["ETag"].removeprefix("W/")
    make_petition()
    changed = client.get("/feeds/atom.xml", headers=BOTH | {"if-none-match": first["ETag"]})
    assert changed.status_code == 200


def test_what_is_short_stays_as_it_is(client):
    petition = make_petition()
    response = client.get(f"{petition.get_absolute_url()}count.json", headers=BOTH)
    assert "Content-Encoding" not in response
    assert response.json()
