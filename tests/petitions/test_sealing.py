"""Keys and boxes: closed for good, and nothing in plain text where a key is missing."""

import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from petitions import sealing


@pytest.fixture
def own_keys(settings, tmp_path):
    """A folder of keys that a test may spoil."""
    settings.KEYS_DIR = tmp_path / "keys"
    sealing.forget_cached_keys()
    yield tmp_path
    sealing.forget_cached_keys()


def test_a_box_opens_with_its_private_key_and_no_other(own_keys):
    key_id = sealing.make_sealing_pair(own_keys / "private")
    box = sealing.seal(key_id, {"name": "مهسا", "address": "mahsa@example.org"})
    assert sealing.unseal(box, (own_keys / "private").read_bytes())["name"] == "مهسا"
    with pytest.raises(sealing.KeyMissing):
        sealing.unseal(box, b"0" * 32)


def test_a_box_names_its_key(own_keys):
    key_id = sealing.make_sealing_pair(own_keys / "private")
    assert sealing.seal(key_id, {})[: sealing.KEY_ID_BYTES].hex() == key_id


def test_the_length_of_a_box_does_not_tell_the_length_of_a_name(own_keys):
    key_id = sealing.make_sealing_pair(own_keys / "private")
    lengths = {len(sealing.seal(key_id, {"name": "N" * n})) for n in range(1, 90)}
    assert len(lengths) == 1


def test_the_server_has_no_private_key_unless_it_is_put_there(own_keys):
    sealing.make_sealing_pair(own_keys / "elsewhere" / "private")
    secret = (own_keys / "elsewhere" / "private").read_bytes()
    assert all(
        secret not in file.read_bytes() for file in (own_keys / "keys").rglob("*") if file.is_file()
    )


def test_key_files_are_for_the_owner_only_and_never_overwritten(own_keys):
    private = own_keys / "private"
    sealing.make_sealing_pair(private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        sealing.make_sealing_pair(private)
    sealing.make_server_key()
    with pytest.raises(FileExistsError):
        sealing.make_server_key()


def test_the_newest_pair_seals_new_petitions(own_keys):
    sealing.make_sealing_pair(own_keys / "one")
    newest = sealing.make_sealing_pair(own_keys / "two")
    assert sealing.current_sealing_key_id() == newest
    assert len(sealing.sealing_key_ids()) == 2


def test_an_address_is_locked_and_unlocked_with_the_servers_key(own_keys):
    sealing.make_server_key()
    locked = sealing.lock("mira@example.org")
    assert b"mira" not in locked
    assert sealing.unlock(locked) == "mira@example.org"
    assert sealing.lock("mira@example.org") != locked


def test_another_servers_key_unlocks_nothing(own_keys, settings):
    sealing.make_server_key()
    locked = sealing.lock("mira@example.org")
    settings.KEYS_DIR = own_keys / "other"
    sealing.forget_cached_keys()
    sealing.make_server_key()
    with pytest.raises(sealing.KeyMissing):
        sealing.unlock(locked)


def test_a_missing_or_damaged_key_is_a_sentence_and_never_plain_text(own_keys):
    for act in (
        lambda: sealing.seal("0" * 16, {}),
        lambda: sealing.lock("mira@example.org"),
        lambda: sealing.duplicate_hash("0" * 16, "mira@example.org"),
        sealing.current_sealing_key_id,
    ):
        with pytest.raises(sealing.KeyMissing) as missing:
            act()
        assert "mira" not in str(missing.value)
    key_id = sealing.make_duplicate_key()
    (own_keys / "keys" / "petitions" / f"{key_id}.key").write_bytes(b"short")
    with pytest.raises(sealing.KeyMissing, match="damaged"):
        sealing.duplicate_hash(key_id, "mira@example.org")


def test_a_mailbox_has_another_hash_for_each_petition(own_keys):
    one, other = sealing.make_duplicate_key(), sealing.make_duplicate_key()
    hashes = {sealing.duplicate_hash(key, "mira@example.org") for key in (one, other, one)}
    assert len(hashes) == 2
    assert {len(h) for h in hashes} == {sealing.DUPLICATE_HASH_BYTES}


def test_a_site_without_keys_refuses_to_start_and_says_what_to_do(own_keys):
    with pytest.raises(ImproperlyConfigured, match="manage.py keys make"):
        sealing.require_keys()
    sealing.make_sealing_pair(own_keys / "private")
    with pytest.raises(ImproperlyConfigured, match="server.key"):
        sealing.require_keys()
    sealing.make_server_key()
    sealing.require_keys()


def test_the_number_of_a_bucket_is_shared_by_many_words_and_another_petition_has_others():
    words = [f"{number}.example.org" for number in range(200)]
    one, other = sealing.make_duplicate_key(), sealing.make_duplicate_key()
    numbers = [sealing.petition_key(one).bucket(word, 64) for word in words]
    assert numbers == [sealing.petition_key(one).bucket(word, 64) for word in words]
    assert set(numbers) <= set(range(64))
    assert len(set(numbers)) > 32
    assert numbers != [sealing.petition_key(other).bucket(word, 64) for word in words]
