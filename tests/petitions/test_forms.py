"""What may be typed: people have all kinds of names, and links are not names."""

import pytest
from django import forms
from django.http import QueryDict
from hypothesis import example, given
from hypothesis import strategies as st

from petitions.forms import MAX_NAME_CHARACTERS, SignForm, at_sight
from petitions.models import Petition, Signature

Level = Signature.Level

ADDRESS = "mira@example.org"


def form_for(name="Mira Novak", email=ADDRESS, country="", petition=None, **more):
    return SignForm({"name": name, "email": email, "country": country} | more, petition=petition)


NAMES = """
    Mira Novak; Suharto; نرگس محمدی; נועה; 李雷; Bertha Zúñiga Cáceres; O’Neill-Şahin; N;
    J. R. R. Tolkien; Mira 🕊️ Novak; 👩‍👩‍👧; X Æ A-12; St.John Smythe; ꦱꦸꦏꦂꦤ; Jean\u200cPierre
"""
NOT_NAMES = ["", "   ", "-", "...", "M" * 300, "Mira\x00Novak", "Mira\x07Novak", "Mira\nNovak"]
NOT_NAMES += ["Mira\u202eNovak", "https://spam.example", "www.spam.example", "Buy at spam.com"]
NOT_NAMES += ["<b>Mira</b>", "Mira <mira@x.org>"]


@pytest.mark.parametrize(
    "name", [n.strip() for n in NAMES.split(";")] + ["M" * MAX_NAME_CHARACTERS]
)
def test_names_of_all_kinds_are_taken_as_they_are(name):
    form = form_for(name)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["name"] == name


@pytest.mark.parametrize("name", NOT_NAMES)
def test_what_is_no_name_gets_a_sentence(name):
    form = form_for(name)
    assert not form.is_valid()
    assert form.errors["name"][0].startswith("Please ")


def test_single_spaces_are_left_of_many():
    form = form_for("  Mira    Novak ")
    assert form.is_valid()
    assert form.cleaned_data["name"] == "Mira Novak"


@pytest.mark.parametrize("email", ["", "mira", "mira@", "mira@example", "m" * 300 + "@example.org"])
def test_what_is_no_address_gets_a_sentence(email):
    form = form_for(email=email)
    assert not form.is_valid()
    assert len(form.errors["email"]) == 1
    assert "address" in form.errors["email"][0]


def test_the_country_is_optional_and_from_the_list():
    assert form_for(country="").is_valid()
    assert form_for(country="IR").is_valid()
    assert "country" in form_for(country="XX").errors


def test_who_is_only_counted_needs_no_name_and_keeps_none():
    for name in ("", "Mira Novak", "https://spam.example"):
        form = form_for(name, level="count")
        assert form.is_valid(), form.errors
        assert form.cleaned_data["level"] == Level.COUNT
        assert form.cleaned_data["name"] == ""


def test_a_form_that_says_nothing_of_it_is_for_the_hand_in():
    form = form_for()
    assert form.is_valid()
    assert form.cleaned_data["level"] == Level.HAND_IN


def test_another_level_than_those_offered_is_refused():
    assert "level" in form_for(level="everything").errors


def test_a_petition_that_takes_no_names_asks_for_none():
    form = form_for(petition=Petition(takes_names=False), level="hand_in")
    assert form.is_valid(), form.errors
    assert "name" not in form.fields
    assert form.cleaned_data["level"] == Level.COUNT


def test_who_signs_from_a_country_at_risk_is_advised_once_and_then_obeyed():
    petition = Petition(countries_at_risk=["IR"])
    form = form_for(country="IR", level="hand_in", petition=petition)
    assert not form.is_valid()
    assert "punished" in form.errors["level"][0]
    assert form["level"].value() == Level.COUNT
    assert form["name"].value() == "Mira Novak"
    for level in (Level.HAND_IN, Level.COUNT):
        again = form_for(country="IR", level=level, is_advised="1", petition=petition)
        assert again.is_valid(), again.errors
        assert again.cleaned_data["level"] == level


def test_who_signs_from_elsewhere_or_is_only_counted_needs_no_advice():
    petition = Petition(countries_at_risk=["IR"])
    assert form_for(country="DE", level="hand_in", petition=petition).is_valid()
    assert form_for(country="", level="hand_in", petition=petition).is_valid()
    assert form_for(country="IR", level="count", petition=petition).is_valid()


class AsDjangoCleans(SignForm):
    _clean_fields = forms.Form._clean_fields


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"level": "public", "shown_name": "Mira"},
        {"level": "nonsense", "email": "mira", "name": "<b>", "country": "XX"},
        {"wants_updates": "on", "is_advised": "1"},
        {"wants_updates": "False", "name": ""},
    ],
)
def test_it_is_cleaned_as_django_cleans_only_with_less_ado(typed):
    data = {"name": " Mira  Novak ", "email": ADDRESS, "country": "DE"} | typed
    ours, djangos = SignForm(data), AsDjangoCleans(data)
    assert ours.is_valid() == djangos.is_valid()
    assert ours.errors == djangos.errors
    assert ours.cleaned_data == djangos.cleaned_data


PETITIONS = [
    Petition(), Petition(takes_names=False), Petition(shows_names=True),
    Petition(countries_at_risk=["IR"]),
]  # fmt: skip
# Of each field what people send, what they may send and what nobody should, and anything at all.
TYPED = {
    "level": ["hand_in", "count", "public", "", "HAND_IN", "hand_in "],
    "name": ["Mira Novak", "O’Neill-Şahin", "نرگس محمدی", " Mira", "Mira  Novak", "M1ra", "St.John",
             "e\u0301", "M" * 121, "Mira\x00", "www.spam.example", "<b>", "Mira-", "२", "x²", ""],
    "email": ["mira@example.org", "Mira@Example.ORG", " mira@example.org", "mira@example",
              "m@x.test", "m" * 60 + "@example.org", "mira@xn--bcher-kva.example",
              "mira@example.org\n", ""],
    "country": ["DE", "IR", "", "XX", "de", " DE", "EU"],
    "wants_updates": ["on", "", "off", "False", "true", "1"],
    "is_advised": ["1", "", "0", "False"],
    "shown_name": ["Mira", "", "https://spam.example"],
}  # fmt: skip
sent_forms = st.fixed_dictionaries(
    {}, optional={k: st.sampled_from(v) | st.text("aé1 -.@<", max_size=6) for k, v in TYPED.items()}
)


@pytest.mark.parametrize("petition", PETITIONS)
@given(typed=sent_forms)
@example(typed={"name": "Mira Novak", "email": ADDRESS, "level": "hand_in", "country": "DE"})
@example(typed={"name": "Mira Novak", "email": ADDRESS, "level": "hand_in", "country": "IR"})
def test_what_is_taken_at_sight_is_what_the_form_would_have_made_of_it(petition, typed):
    data = QueryDict(mutable=True)
    data.update(typed)
    if (found := at_sight(data, petition)) is not None:
        form = SignForm(data, petition=petition)
        assert form.is_valid(), form.errors
        assert found == form.cleaned_data


@pytest.mark.parametrize(
    "typed", [{}, {"level": "hand_in"}, {"level": "count", "name": ""}, {"wants_updates": "on"}]
)
def test_what_nearly_everybody_sends_is_taken_at_sight(typed):
    data = QueryDict(mutable=True)
    data.update({"name": "Mira Novák", "email": ADDRESS, "country": "DE"} | typed)
    assert at_sight(data, Petition())
