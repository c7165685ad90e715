"""What may be typed: people have all kinds of names, and links are not names."""

import pytest

from petitions.forms import MAX_NAME_CHARACTERS, SignForm

ADDRESS = "mira@example.org"


def form_for(name="Mira Novak", email=ADDRESS, country=""):
    return SignForm({"name": name, "email": email, "country": country})


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
