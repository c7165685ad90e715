"""What keeps a signature secret, and where the keys are.

Three kinds of key, all files in KEYS_DIR and so never in a dump of the database:

* `sealing/<id>.public`: the organisation's public key. Whatever is sealed under it can be read
  only with the private key, which does not belong on the server (libsodium sealed boxes).
* `server.key`: locks what the server itself must read again: addresses in the outbox and of those
  who asked for updates, first names that are to be shown.
* `petitions/<id>.key`: recognises a mailbox that signs one petition twice. Each petition has its
  own, so signatures of one person can't be joined; destroying it makes the hashes meaningless.

A missing or unreadable key raises `KeyMissing`: nothing is ever stored in plain text instead.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

KEY_ID_BYTES = 8
# Half of SHA-256; RFC 2104 (section 5) allows it. Halves an index of millions of rows.
DUPLICATE_HASH_BYTES = 16
# Boxes grow in steps, so that their length does not tell the length of a name or an address.
_BOX_STEP_BYTES = 128
_LOCKED_STEP_BYTES = 64
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class KeyMissing(Exception):
    """A key that is needed is not there or can't be read. Says which file, never what for."""


class WrongKey(KeyMissing):
    """The key is there, but it is not the one that closed this box."""


def seal(key_id: str, content: dict[str, str]) -> bytes:
    """Close `content` in a box that only the organisation's private key opens.

    The box begins with the id of its key. Raises KeyMissing.
    """
    text = _padded(_as_json(content).encode(), _BOX_STEP_BYTES)
    return bytes.fromhex(key_id) + _sealing_box(key_id).encrypt(text)


def unseal(box: bytes, private_key: bytes) -> dict[str, str]:
    """Open a box with the private key, wherever that is kept. Raises WrongKey for another's."""
    try:
        text = SealedBox(PrivateKey(private_key)).decrypt(bytes(box[KEY_ID_BYTES:]))
    except CryptoError:
        raise WrongKey("This private key does not open that box.") from None
    return json.loads(text)


def lock(text: str) -> bytes:
    """Lock an address or a name to be shown with the server's own key. Raises KeyMissing."""
    return bytes(_server_box().encrypt(_padded(text.encode(), _LOCKED_STEP_BYTES)))


def unlock(locked: bytes) -> str:
    """The text that `lock` was given. Raises WrongKey where the key has changed since."""
    try:
        return _server_box().decrypt(bytes(locked)).decode().rstrip()
    except CryptoError:
        raise WrongKey("server.key does not open what was locked here.") from None


class PetitionKey:
    """A petition's own key, in hand for as long as one signature takes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # What a hash begins with is the same for all: RFC 2104, section 4.
        self._begun = hmac.new(key, digestmod=hashlib.sha256)

    def hash_of(self, canonical_address: str) -> bytes:
        """What recognises one mailbox among the signatures of the petition: HMAC-SHA256, halved."""
        begun = self._begun.copy()
        begun.update(canonical_address.encode())
        return begun.digest()[:DUPLICATE_HASH_BYTES]

    def bucket(self, word: str, count: int) -> int:
        """One of `count` numbers, which many words share; with another petition's key they differ.

        By BLAKE2b, which takes a key (RFC 7693), and so by nothing that recognises a mailbox.
        """
        digest = hashlib.blake2b(word.encode(), key=self._key, digest_size=8).digest()
        return int.from_bytes(digest) % count


def petition_key(key_id: str) -> PetitionKey:
    """A petition's own key, not to be kept: it may be destroyed. Raises KeyMissing."""
    # The file is looked for every time, so that no process goes on with a key that is destroyed.
    try:
        # Without pathlib, which takes longer than the look at the disk, and once a signature.
        changed_at = os.stat(f"{settings.KEYS_DIR}/petitions/{key_id}.key").st_mtime_ns  # noqa: PTH116
    except OSError:
        _petition_key.cache_clear()
        raise KeyMissing(f"The key petitions/{key_id}.key is missing or can't be read.") from None
    return _petition_key(key_id, changed_at)


def duplicate_hash(key_id: str, canonical_address: str) -> bytes:
    """What recognises one mailbox among the signatures of one petition. Raises KeyMissing."""
    return petition_key(key_id).hash_of(canonical_address)


def list_hash(canonical_address: str) -> bytes:
    """What recognises one mailbox on the editors' own list, whatever it signs.

    Raises KeyMissing.
    """
    digest = hmac.digest(_list_key(), canonical_address.encode(), hashlib.sha256)
    return digest[:DUPLICATE_HASH_BYTES]


# --- Making keys ----------------------------------------------------------------------------------


def make_sealing_pair(private_key_file: Path) -> str:
    """Make the organisation's key pair; returns its id. The newest pair seals new petitions.

    The private key is written to `private_key_file` and nowhere else. Raises FileExistsError.
    """
    private_key = PrivateKey.generate()
    key_id = secrets.token_hex(KEY_ID_BYTES)
    _write_new(private_key_file, private_key.encode())
    _write_new(_path("sealing", f"{key_id}.public"), private_key.public_key.encode())
    _sealing_box.cache_clear()
    return key_id


def make_server_key() -> None:
    """Make the key of the outbox. Raises FileExistsError: a second one would lose the letters."""
    _write_new(_path("server.key"), secrets.token_bytes(SecretBox.KEY_SIZE))
    _server_box.cache_clear()
    _list_key.cache_clear()


def make_duplicate_key() -> str:
    """Make a petition's own key for recognising repeated signatures; returns its id."""
    key_id = secrets.token_hex(KEY_ID_BYTES)
    _write_new(_path("petitions", f"{key_id}.key"), secrets.token_bytes(32))
    return key_id


def destroy_duplicate_key(key_id: str) -> None:
    """Destroy a petition's own key: its hashes mean nothing from now on, in old backups neither.

    Overwritten before it is removed; on some file systems and disks that leaves a copy. Nothing
    happens where it is gone already. Raises OSError.
    """
    path = _path("petitions", f"{key_id}.key")
    if not key_id or not path.exists():
        return
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _petition_key.cache_clear()


def has_duplicate_key(key_id: str) -> bool:
    """Whether a petition's own key is here."""
    return bool(key_id) and _path("petitions", f"{key_id}.key").exists()


def sealing_key_ids() -> list[str]:
    """The ids of all public keys here, the newest last."""
    files = _path("sealing").glob("*.public")
    return [f.stem for f in sorted(files, key=lambda f: (f.stat().st_mtime_ns, f.stem))]


def current_sealing_key_id() -> str:
    """The id of the key under which a new petition seals. Raises KeyMissing."""
    if ids := sealing_key_ids():
        return ids[-1]
    raise KeyMissing("There is no sealing key. Make one: manage.py keys make")


# --- Refusing to work without them ---------------------------------------------------------------


def missing_keys() -> list[str]:
    """What is missing before anybody can sign, a sentence each."""
    missing = []
    if not sealing_key_ids():
        missing.append(f"There is no public key in {_path('sealing')}.")
    if not os.access(_path("server.key"), os.R_OK):
        missing.append(f"There is no {_path('server.key')} that can be read.")
    return missing


def require_keys() -> None:
    """Refuse to start a site that could not keep a signature secret."""
    if missing := missing_keys():
        raise ImproperlyConfigured(" ".join([*missing, "Make the keys: manage.py keys make"]))


def check_keys(app_configs: object, **options: object) -> Iterable[checks.Error]:
    """The same as a system check, for `check --deploy`."""
    hint = "Make them: manage.py keys make"
    return [checks.Error(sentence, hint=hint, id="petitions.E001") for sentence in missing_keys()]


# --- Reading them ---------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _sealing_box(key_id: str) -> SealedBox:
    return SealedBox(PublicKey(_read("sealing", f"{key_id}.public")))


@lru_cache(maxsize=1)
def _server_box() -> SecretBox:
    return SecretBox(_read("server.key"))


@lru_cache(maxsize=1)
def _list_key() -> bytes:
    return hmac.digest(_read("server.key"), b"petitions.sealing.list_hash", hashlib.sha256)


@lru_cache(maxsize=1024)
def _petition_key(key_id: str, changed_at: int) -> PetitionKey:
    return PetitionKey(_read("petitions", f"{key_id}.key"))


def forget_cached_keys() -> None:
    """Read every key from its file again, after files were changed by hand."""
    for cached in (_sealing_box, _server_box, _list_key, _petition_key):
        cached.cache_clear()


def _path(*parts: str) -> Path:
    return Path(settings.KEYS_DIR).joinpath(*parts)


def _read(*parts: str) -> bytes:
    try:
        key = _path(*parts).read_bytes()
    except OSError:
        raise KeyMissing(f"The key {'/'.join(parts)} is missing or can't be read.") from None
    if len(key) != 32:
        raise KeyMissing(f"The key {'/'.join(parts)} is damaged.")
    return key


def _write_new(path: Path, key: bytes) -> None:
    for folder in (_path(), path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # O_EXCL: of two that make one key at once, one fails; a key is never overwritten.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())


def _padded(text: bytes, step: int) -> bytes:
    # Trailing blanks mean nothing, neither in JSON nor behind an address.
    return text.ljust(-(-len(text) // step) * step)
