"""Which spellings are one mailbox."""

from unittest import mock

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from petitions import addresses

_MARKS = st.text("abzAZ09._+-@ xn", max_size=14)
_ENDS = st.sampled_from([".org", ".ORG", ".test", ".local", ".Onion", ".arpa", ".x", ".c1", ""])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mira@Example.org", "mira@example.org"),
        ("mira+petitions@example.org", "mira@example.org"),
        ("m.i.r.a@gmail.com", "mira@gmail.com"),
        ("mira@googlemail.com", "mira@gmail.com"),
        ("mira.novak@yandex.com", "mira-novak@ya.ru"),
        ("mira_no.vak@pm.me", "miranovak@protonmail.com"),
        ("mira@me.com", "mira@icloud.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one(one, other):
    assert addresses.canonical(one) == addresses.canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("m.ira@example.org", "mira@example.org"),  # only some providers ignore dots
        ("mira@example.org", "mira@example.com"),
        ("mira@gmail.com", "mira@gmail.de"),
        ("+mira@example.org", "+sam@example.org"),  # nothing would be left before the plus
    ],
)
def test_different_mailboxes_stay_different(one, other):
    assert addresses.canonical(one) != addresses.canonical(other)


@pytest.mark.parametrize(
    "typed", ["", "mira", "mira@", "@example.org", "mira@example", "mira@@example.org", "a b@x.org",
              "mira@exa mple.org", "mira@example..org", "mira\r\nBcc: sam@example.org"]
)  # fmt: skip
def test_what_is_no_address_is_refused_without_being_repeated(typed):
    with pytest.raises(addresses.NotAnAddress) as refusal:
        addresses.deliverable(typed)
    assert str(refusal.value) == ""
    assert refusal.value.__cause__ is None


def test_an_address_keeps_its_case_and_its_tag_for_writing_to_it():
    assert addresses.deliverable(" Mira+x@EXAMPLE.org ") == "Mira+x@example.org"


@pytest.mark.parametrize("typed", ["mira۱۹۸۴@example.org", "mira١٩٨٤@example.org"])
def test_figures_from_a_persian_or_arabic_keyboard_are_those_of_the_mailbox(typed):
    assert addresses.deliverable(typed) == "mira1984@example.org"


def test_figures_in_a_latin_domain_too_but_a_domain_of_another_script_keeps_its_own():
    assert addresses.deliverable("mira@۱۶۳.com") == "mira@163.com"
    assert addresses.deliverable("mira@شهر۱۲.example.org").partition("@")[2].startswith("شهر۱۲.")


def test_a_domain_in_another_script_is_written_to_and_recognised():
    one, other = addresses.deliverable("mira@bücher.example.org"), "mira@BÜCHER.example.org"
    assert addresses.canonical(one) == addresses.canonical(addresses.deliverable(other))


@settings(max_examples=1500, deadline=None)
@given(local=_MARKS, domain=_MARKS, end=_ENDS)
def test_what_is_known_at_sight_is_what_the_library_would_have_said(local, domain, end):
    typed = f"{local}@{domain}{end}"
    try:
        said = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        with pytest.raises(addresses.NotAnAddress):
            addresses.deliverable(typed)
    else:
        assert addresses.deliverable(typed) == said.normalized


def test_an_ordinary_address_is_known_at_sight_and_a_strange_one_is_looked_at():
    with mock.patch.object(addresses, "validate_email", side_effect=EmailNotValidError) as library:
        assert addresses.deliverable("Mira.Novak+x@Mail.Example.org") == (
            "Mira.Novak+x@mail.example.org"
        )
        assert not library.called
        for strange in ("mira@xn--bcher-kva.example", "o'neill@example.org", "m@x.onion"):
            with pytest.raises(addresses.NotAnAddress):
                addresses.deliverable(strange)
        assert library.call_count == 3
