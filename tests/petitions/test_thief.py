"""A thief takes everything that the server has, once a signature is confirmed. What do they read?

All but one thing: the organisation's private key, which does not belong on the server.
"""

import json
import os
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from petitions import addresses, blocks, counting, sealing, subscribing
from petitions.models import Block, Signature
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    make_subscription,
    sign,
    signature_of,
)

pytestmark = pytest.mark.django_db

WHO = ("Mira Novak", "mira.novak@example.org")


def everything_in_the_database() -> list[object]:
    """Every value of every row of every table."""
    rows = [row for model in apps.get_models() for row in model.objects.values_list()]
    return [bytes(v) if isinstance(v, memoryview) else v for row in rows for v in row]


def every_secret_of_the_server() -> list[bytes]:
    """Every key file, and what is in the environment and the settings."""
    keys = [file.read_bytes() for file in Path(settings.KEYS_DIR).rglob("*") if file.is_file()]
    values = [*os.environ.values(), settings.SECRET_KEY]
    return [*keys, *(value.encode() for value in values)]


def whatever_opens(blob: bytes, secret: bytes) -> list[bytes]:
    """What a blob gives to somebody who tries a secret on it in every way that we use."""
    if len(secret) != 32:
        return []
    found = []
    for attempt in (
        lambda: SecretBox(secret).decrypt(blob),
        lambda: SealedBox(PrivateKey(secret)).decrypt(blob[sealing.KEY_ID_BYTES :]),
    ):
        try:
            found.append(attempt())
        except (CryptoError, ValueError, TypeError):
            continue
    return found


def what_a_thief_reads() -> str:
    """All that is legible, and all that any secret of the server makes legible."""
    values = everything_in_the_database()
    blobs = [value for value in values if isinstance(value, bytes)]
    secrets = every_secret_of_the_server()
    opened = [text for blob in blobs for secret in secrets for text in whatever_opens(blob, secret)]
    return json.dumps([repr(v) for v in [*values, *opened]]).lower()


def knows_who(text: str) -> bool:
    return any(word in text for word in ("mira", "novak", "example.org"))


@pytest.mark.parametrize("level", Signature.Level)
def test_once_confirmed_nothing_on_the_server_tells_who_signed(level, send_letters):
    petition = make_petition()
    sign(petition, WHO[1], WHO[0], level, shown_name="Ximena")
    send_letters()
    confirm(signature_of(petition, WHO[1]))
    counting.count_all()
    text = what_a_thief_reads()
    assert not knows_who(text)
    # A first name that is to stand on a page must be legible; nobody else's is there.
    assert ("ximena" in text) is (level == Signature.Level.PUBLIC)


def test_the_thief_of_this_test_can_read_what_can_be_read():
    """So that the test above can fail: before the letter leaves, the address is within reach."""
    make_signature(make_petition(), WHO[1], WHO[0])
    text = what_a_thief_reads()
    assert WHO[1] in text
    assert "mira novak" not in text


def test_who_asked_for_updates_is_within_reach_until_they_stop():
    """What the form says, and SECURITY.md: this address the server can read."""
    petition = make_petition()
    subscription = make_subscription(petition, WHO[1])
    assert WHO[1] in what_a_thief_reads()
    subscribing.unsubscribe(subscription.duplicate_hash)
    assert not knows_who(what_a_thief_reads())


def test_with_the_private_key_it_would_be_legible(keys):
    petition = make_petition()
    signature = make_signature(petition, *reversed(WHO))
    assert sealing.unseal(signature.sealed_box, keys)["address"] == WHO[1]


def test_no_private_key_is_on_the_server(keys):
    assert keys not in every_secret_of_the_server()
    public = PrivateKey(keys).public_key.encode()
    assert public in every_secret_of_the_server()
    assert all(
        PrivateKey(secret).public_key != PublicKey(public)
        for secret in every_secret_of_the_server()
        if len(secret) == 32
    )


def test_two_petitions_do_not_tell_that_one_person_signed_both():
    first, second = make_petition(), make_petition()
    one, two = make_signature(first, WHO[1]), make_signature(second, WHO[1])
    assert bytes(one.duplicate_hash) != bytes(two.duplicate_hash)
    canonical = addresses.canonical(WHO[1])
    # What SECURITY.md admits: a thief of a petition's own key can test an address they think of.
    assert sealing.duplicate_hash(first.duplicate_key_id, canonical) == bytes(one.duplicate_hash)
    assert sealing.duplicate_hash(second.duplicate_key_id, canonical) != bytes(one.duplicate_hash)


def test_with_a_dump_alone_nobody_can_test_who_is_on_the_editors_list(settings, tmp_path):
    canonical = addresses.canonical(WHO[1])
    row = Block.objects.create(address_hash=sealing.list_hash(canonical), act=Block.Act.REFUSE)
    assert not knows_who(what_a_thief_reads())
    petition = make_petition()
    assert blocks.verdict(WHO[1], petition)
    # The same dump at the thief's own house, with a server key of the thief's own.
    settings.KEYS_DIR = tmp_path / "keys"
    sealing.forget_cached_keys()
    sealing.make_server_key()
    assert sealing.list_hash(canonical) != bytes(row.address_hash)
    assert blocks.verdict(WHO[1], petition) is None
    sealing.forget_cached_keys()


def test_what_is_kept_after_a_letter_that_said_no_names_nobody(send_letters):
    Block.objects.create(domain="example.org", act=Block.Act.REFUSE)
    sign(make_petition(), *WHO[::-1])
    send_letters()
    Block.objects.all().delete()
    assert not knows_who(what_a_thief_reads())
