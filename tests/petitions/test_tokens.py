"""Links: for one purpose, for a while, and unforgeable."""

from datetime import timedelta

import pytest
from django.core import signing

from petitions import tokens

A_DAY = timedelta(days=1)
CLAIM = tokens.claim_on(42, b"hash", b"box")


def test_a_token_says_which_signature_and_which_box():
    token = tokens.make(tokens.SIGNATURE, CLAIM)
    assert tokens.read(tokens.SIGNATURE, token, A_DAY) == CLAIM


def test_another_mailbox_or_another_version_is_another_claim():
    assert tokens.claim_on(42, b"other", b"box") != CLAIM
    assert tokens.claim_on(42, b"hash", b"other") != CLAIM


def test_a_tampered_token_is_refused():
    token = tokens.make(tokens.SIGNATURE, CLAIM)
    for wrong in (token[:-1], token + "x", token.replace("42", "43", 1), "", "42", "a.b.c"):
        with pytest.raises(tokens.BadToken):
            tokens.read(tokens.SIGNATURE, wrong, A_DAY)


def test_a_token_for_another_purpose_is_refused():
    with pytest.raises(tokens.BadToken):
        tokens.read(tokens.SIGNATURE, tokens.make("withdraw", CLAIM), A_DAY)


def test_a_token_of_another_site_is_refused(settings):
    token = tokens.make(tokens.SIGNATURE, CLAIM)
    settings.SECRET_KEY = "another-site's"
    with pytest.raises(tokens.BadToken):
        tokens.read(tokens.SIGNATURE, token, A_DAY)


def test_an_old_token_has_expired(monkeypatch):
    token = tokens.make(tokens.SIGNATURE, CLAIM)
    later = signing.time.time() + A_DAY.total_seconds() + 60
    monkeypatch.setattr(signing.time, "time", lambda: later)
    with pytest.raises(tokens.ExpiredToken):
        tokens.read(tokens.SIGNATURE, token, A_DAY)


def test_a_short_code_belongs_to_one_claim_and_is_forgiving_to_type():
    code = tokens.short_code(CLAIM)
    assert len(code) == 9
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} ", code.replace("-", " ")):
        assert tokens.is_short_code(typed, CLAIM)
    for nought in "۰٠":
        other_figures = {ord("0") + n: chr(ord(nought) + n) for n in range(10)}
        assert tokens.is_short_code(code.translate(other_figures), CLAIM)
    for other in (CLAIM._replace(signature_id=43), CLAIM._replace(version="other")):
        assert not tokens.is_short_code(code, other)
    for wrong in ("", "ABCD-EFGH", code[:-1], code + "A", "é" * 8):
        assert not tokens.is_short_code(wrong, CLAIM)


def test_without_a_limit_a_token_is_good_for_life(monkeypatch):
    token = tokens.make(tokens.SIGNATURE, CLAIM)
    later = signing.time.time() + 1000 * A_DAY.total_seconds()
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert tokens.read(tokens.SIGNATURE, token) == CLAIM


def test_a_token_can_stand_in_a_url_as_it_is():
    token = tokens.make(tokens.SIGNATURE, CLAIM)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
