"""What is forgotten while a petition runs, and what is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from petitions import retention
from petitions.models import Letter, Signature
from tests.factories import confirm, make_petition, make_signature, sign

pytestmark = pytest.mark.django_db


def test_who_never_confirms_is_forgotten_with_the_letter(monkeypatch):
    monkeypatch.setattr(retention, "BATCH_COUNT", 2)
    petition = make_petition()
    for number in range(3):
        make_signature(petition, f"signer{number}@example.org")
    _signed_days_ago(8)
    assert retention.forget_expired() == 3
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()


def test_who_can_still_confirm_is_kept():
    make_signature(make_petition())
    _signed_days_ago(7)
    assert retention.forget_expired() == 0
    assert Letter.objects.exists()


def test_who_has_confirmed_is_kept():
    confirm(make_signature(make_petition()))
    _signed_days_ago(400)
    assert retention.forget_expired() == 0
    assert Signature.objects.exists()


def test_an_undeliverable_letter_to_somebody_counted_is_forgotten_too():
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition)
    now = timezone.now()
    Letter.objects.update(refused_on=now.date(), give_up_after=now - timedelta(days=6))
    retention.forget_expired()
    assert Letter.objects.exists()
    Letter.objects.update(give_up_after=now - timedelta(days=8))
    retention.forget_expired()
    assert not Letter.objects.exists()
    assert Signature.objects.exists()


def _signed_days_ago(days):
    Signature.objects.update(signed_on=timezone.now().date() - timedelta(days=days))
