"""The language that an address names."""

import pytest
from django.conf import settings
from django.utils.translation import get_language_from_path

from advocacy import languages

PATHS = [
    "", "/", "/petitions/", "/petitions/free-the-196/sign/", "/en", "/english/", "/xx/", "/x/",
    "//fr/", "/static/fr/", "/FR/", "/fr-CA/stories/", "/zh-hans/", "/ar-", "/ar_EG/", "/-fr/",
    *(f"/{code}{rest}" for code, _name in settings.LANGUAGES for rest in ("", "/", "/a/", "x/")),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_it_is_the_one_that_django_finds(path):
    assert languages.of_path(path) == get_language_from_path(path)


def test_for_nearly_every_address_django_is_not_asked(monkeypatch):
    def fail(path: str) -> str:
        raise AssertionError(path)

    monkeypatch.setattr(languages, "get_language_from_path", fail)
    for path in ("/", "/petitions/a/sign/", "/signatures/t/confirm/", "/stories/", "/static/x.css"):
        assert languages.of_path(path) is None
