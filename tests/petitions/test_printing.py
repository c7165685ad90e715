"""Printed mail is what Django would have made of it, or there is none."""

import re
from email import message_from_bytes, policy

import pytest
from django.conf import settings as django_settings
from django.core.mail import BadHeaderError
from hypothesis import given, settings
from hypothesis import strategies as st

from petitions import letters, printing
from petitions.models import Letter, Signature
from petitions.printing import CODE, LINK, Plate
from tests.factories import make_petition, sign

OWN = {
    "to": "mira@example.org",
    "message_id": "<0123456789abcdef0123456789abcdef@testserver>",
    "link": "https://testserver/signatures/1-ab-cd.1vMBGE.Rk9PQkFS/",
    "code": "ABCD-EFGH",
}
SUBJECT, TEXT, HTML = "Please confirm", f"Open {LINK}\n\n{CODE}\n", f'<a href="{LINK}">{LINK}</a>'

# Words in any script, with line ends of any kind, marks anywhere and lines of any length.
pieces = st.one_of(
    st.sampled_from([LINK, CODE, "\n", "\r\n", "\r", ".", "\n.\n", "From ", "=", "ש", "\u2028"]),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.integers(1, 1100).map(lambda n: "x" * n),
)
words = st.lists(pieces, max_size=12).map("".join)
subjects = words.map(lambda text: " ".join(text.split()))
local_parts = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(\.[A-Za-z]{1,3})?", fullmatch=True)
domains = st.from_regex(r"[a-z0-9-]{1,70}(\.[a-zé]{1,9}){0,5}", fullmatch=True)
any_address = st.tuples(local_parts, domains).map("@".join) | st.emails()


def as_django_makes_it(copy: printing.Copy) -> bytes:
    """The same mail by Django, with the boundary of the printed one, since that is random."""
    content = copy.message().as_bytes(linesep="\r\n")
    boundary = re.compile(rb"={15}\d+==")
    return content.replace(boundary.findall(content)[0], boundary.findall(copy.printed)[0])


@settings(deadline=None)
@given(subjects, words, words, any_address, st.text("abc-_.:/", min_size=1, max_size=300))
def test_what_is_printed_is_byte_for_byte_what_django_makes(subject, text, html, address, link):
    copy = Plate(subject, text, html).copy(**OWN | {"to": address, "link": link})
    assert copy.printed is None or copy.printed == as_django_makes_it(copy)


@settings(deadline=None)
@given(local_parts, domains.filter(lambda d: not re.search(r"é|(^|\.)-|-(\.|$)|[^.]{64}", d)))
def test_plain_addresses_are_printed_as_long_as_they_fit_on_a_line(local_part, domain):
    address = f"{local_part}@{domain}"
    copy = Plate(SUBJECT, TEXT, HTML).copy(**OWN | {"to": address})
    assert bool(copy.printed) is (len(f"To: {address}") <= 78)


def test_each_copy_has_its_own_words_and_nothing_of_another():
    plate = Plate(SUBJECT, TEXT, HTML)
    plate.copy(**OWN)
    other = {"to": "sam@example.org", "message_id": "<2@testserver>", "link": "/2/", "code": "IJKL"}
    mail = message_from_bytes(plate.copy(**other).printed, policy=policy.default)
    assert (mail["To"], mail["Message-ID"]) == ("sam@example.org", "<2@testserver>")
    assert mail["Date"].datetime
    assert mail.get_body(("plain",)).get_content() == "Open /2/\r\n\r\nIJKL\r\n"
    assert mail.get_body(("html",)).get_content() == '<a href="/2/">/2/</a>'


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"to": "mira@bücher.example"}, {}),
        ({"to": '"mira novak"@example.org'}, {}),
        ({"to": f"{'m' * 60}@{'e' * 20}.org"}, {}),
        ({"message_id": "<1@bücher.example>"}, {}),
        ({"link": "/" + "x" * 998}, {}),
        ({}, {"text": "x" * 999 + LINK}),
        ({}, {"html": "é" * 500 + LINK}),
    ],
)
def test_what_has_to_be_encoded_or_broken_is_left_to_django(own, words):
    plate = Plate(**{"subject": SUBJECT, "text": TEXT, "html": HTML} | words)
    copy = plate.copy(**OWN | own)
    assert copy.printed is None
    mail = message_from_bytes(copy.message().as_bytes(), policy=policy.default)
    assert (OWN | own)["link"] in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_no_header_can_be_slipped_in_by_an_address(line_end):
    address = f"mira@example.org{line_end}Bcc: sam@example.org"
    copy = Plate(SUBJECT, TEXT, HTML).copy(**OWN | {"to": address})
    assert copy.printed is None
    with pytest.raises(BadHeaderError):
        copy.message()


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code, _ in django_settings.LANGUAGES])
def test_the_letters_of_all_languages_are_printed(language):
    sign(make_petition())
    Letter.objects.update(language=language)
    letter, signature = Letter.objects.get(), Signature.objects.get()
    copy = letters._write(letter, signature, "mira@example.org", {})
    assert copy.printed == as_django_makes_it(copy)
