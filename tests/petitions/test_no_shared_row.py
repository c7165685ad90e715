"""No row that two signers share, and yet nobody signs a petition that is gone."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from petitions import signing
from petitions.models import LedgerEntry, Letter, Petition, Signature
from tests.factories import confirm, make_petition, make_signature, sign, signature_of

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60


def delete_row(petition: Petition) -> None:
    """Past Django, which looks for itself what depends on it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM petitions_petition WHERE id = %s", [petition.pk])


def ask_for_link(petition: Petition) -> None:
    signing.ask_for_link(petition, address="mira@example.org", language="en")


def enter(petition: Petition) -> None:
    LedgerEntry.objects.create(petition=petition, value=1, leaf=b"x")


@pytest.mark.postgres
def test_neither_signing_nor_confirming_locks_or_writes_the_petition():
    petition = make_petition()

    def row_as_stored():
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid, xmin, xmax FROM petitions_petition")
            return cursor.fetchall()

    before = row_as_stored()
    sign(petition)
    confirm(signature_of(petition))
    ask_for_link(petition)
    assert row_as_stored() == before


@pytest.mark.parametrize("act", [make_signature, sign, ask_for_link, enter])
def test_a_petition_that_somebody_has_signed_is_not_deleted_even_past_django(act):
    petition = make_petition()
    act(petition)
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_row(petition)
    assert Petition.objects.exists()


def test_one_that_nobody_has_signed_is_while_others_are_signed():
    petition, other = make_petition(slug="one"), make_petition(slug="other")
    sign(other)
    delete_row(petition)
    assert list(Petition.objects.all()) == [other]


@pytest.mark.parametrize("act", [sign, ask_for_link])
def test_nothing_is_stored_of_who_signs_a_petition_that_is_gone(act):
    petition = make_petition()
    Petition.objects.all().delete()
    with pytest.raises(IntegrityError):
        act(petition)
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()


def refusals_of(act, *, while_uncommitted) -> list[type[Exception]]:
    """What an act is refused with that begins before another one is committed, and has to wait."""
    refused = []

    def run():
        try:
            act()
        except IntegrityError as error:
            refused.append(type(error))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        while_uncommitted()
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(PATIENCE_SECONDS)
    return refused


@pytest.mark.postgres
def test_who_deletes_a_petition_waits_for_who_is_signing_it_and_is_refused():
    petition = make_petition()
    refused = refusals_of(lambda: delete_row(petition), while_uncommitted=lambda: sign(petition))
    assert refused == [IntegrityError]
    assert Signature.objects.get().petition == petition


@pytest.mark.postgres
@pytest.mark.parametrize("act", [sign, ask_for_link])
def test_who_signs_while_the_petition_is_being_deleted_waits_and_is_told(act):
    petition = make_petition()
    refused = refusals_of(lambda: act(petition), while_uncommitted=lambda: delete_row(petition))
    assert refused == [IntegrityError]
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()
