"""Passing a page on: plain links, a code, and nothing that tells one reader from another."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from stories import sharing
from tests.advocacy.markup import elements
from tests.factories import make_defender, make_petition, make_story

ADDRESS = "https://testserver/petitions/free-ana/"
WORDS = "Free Ana & all others: “now” #today"

# What each network asks for by name; anything else could be a mark of who has shared.
ASKED_FOR = {
    "wa.me": {"text"},
    "t.me": {"url", "text"},
    "share.joinmastodon.org": {"text"},
    "bsky.app": {"text"},
    "www.facebook.com": {"u"},
    "x.com": {"text", "url"},
    "": {"subject", "body"},  # mailto:
}


def carried(href: str) -> dict[str, str]:
    """What a link hands over, read as its receiver will."""
    parts = urlsplit(href)
    pairs = parse_qsl(parts.query or parts.fragment, strict_parsing=True)
    assert "+" not in href  # mail programs and Mastodon leave it a plus
    return dict(pairs)


def links(page: str) -> list[str]:
    """The links that lead to networks."""
    attributes = [element.attributes for element in elements(page)]
    return [a["href"] for a in attributes if a.get("rel") == "noopener noreferrer"]


@pytest.mark.parametrize("way", sharing.ways(WORDS, ADDRESS), ids=lambda way: way.name)
def test_a_link_carries_the_words_and_the_address_and_nothing_else(way):
    handed = carried(way.href)
    assert set(handed) == ASKED_FOR[urlsplit(way.href).netloc]
    together = "\n".join(handed.values())
    assert ADDRESS in together
    assert WORDS in together or way.name == "Facebook"
    assert "utm_" not in way.href


def test_mastodons_page_is_not_sent_the_words():
    (way,) = (way for way in sharing.ways(WORDS, ADDRESS) if way.name == "Mastodon")
    assert urlsplit(way.href).query == ""
    assert unquote(urlsplit(way.href).fragment) == f"text={WORDS}\n{ADDRESS}"


def test_words_in_every_script_arrive_whole():
    for words in ("Свободу Анне", "آزادی برای آنا", "释放安娜", "שחררו את אנה"):
        (way,) = (way for way in sharing.ways(words, ADDRESS) if way.name == "WhatsApp")
        assert carried(way.href)["text"] == f"{words}\n{ADDRESS}"


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_story, make_defender, make_petition])
def test_pages_can_be_passed_on_in_the_readers_language(client, make):
    path = make().get_absolute_url()
    for prefix in ("", "/fr"):
        page = client.get(prefix + path).content.decode()
        address = f"https://testserver{prefix}{path}"
        assert len(links(page)) == len(ASKED_FOR)
        for href in links(page):
            assert address in " ".join(carried(href).values()).split()
        assert f'dir="ltr">{address}</p>' in page.replace("<wbr>", "")
        assert path.strip("/").replace("/", "/<wbr>") + "/<wbr></p>" in page


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_story, make_defender, make_petition])
def test_who_is_to_be_found_by_nobody_is_not_offered_to_be_passed_on(client, make):
    page = client.get(make(visibility="not_found").get_absolute_url()).content.decode()
    assert links(page) == []
    assert "share-link" not in page


@pytest.mark.django_db
def test_a_memorial_asks_for_nothing(client):
    page = client.get(make_defender(condition="killed").get_absolute_url()).content.decode()
    assert links(page) == []


# --- The code -----------------------------------------------------------------------------------


def drawn(code: sharing.QrCode) -> list[list[bool]]:
    """The dots that the strokes paint."""
    dots = [[False] * code.size for _ in range(code.size)]
    assert code.strokes.startswith("M0 .5")
    x = y = 0
    for dx, dy, width in re.findall(r"m(-?\d+) (\d+)h(\d+)", code.strokes):
        x, y = x + int(dx), y + int(dy)
        for _ in range(int(width)):
            dots[y][x] = True
            x += 1
    return dots


def test_the_code_is_what_the_standard_draws_with_white_around_it():
    import segno

    code = sharing.qr_code(ADDRESS)
    expected = segno.make(ADDRESS, error="m", micro=False).matrix_iter(border=4)
    assert drawn(code) == [[bool(dot) for dot in row] for row in expected]
    assert not any(any(row) for row in drawn(code)[:4])


@pytest.mark.django_db
def test_the_code_is_small_and_can_be_kept(client):
    petition = make_petition(slug="stop-blaming-minorities-for-the-pandemic-all-over")
    response = client.get(f"/zh-hans/petitions/{petition.slug}/qr.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=86400"
    assert len(response.content) < 3072
    address = f"https://testserver/zh-hans/petitions/{petition.slug}/"
    assert sharing.qr_code(address).strokes in response.content.decode()


@pytest.mark.django_db
def test_there_is_no_code_for_what_is_not_to_be_found(client):
    for wish in ({"visibility": "not_found"}, {"status": "draft"}):
        petition = make_petition(**wish)
        assert client.get(f"/petitions/{petition.slug}/qr.svg").status_code == 404
    page = client.get(make_petition(visibility="not_found").get_absolute_url()).content.decode()
    assert "<svg" not in page
