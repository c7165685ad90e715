"""Locks what nobody may read who takes the database or the disk: guarded names, uploaded photos.

The keys are made from `server.key` in KEYS_DIR, so neither a dump of the database nor a copy of the
originals carries them. A key that is missing or does not fit raises `Locked`: nothing is ever
stored in plain text instead.
"""

import hashlib
import hmac
from pathlib import Path

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

# Locked texts grow in steps, so that their length does not tell the length of a name.
_STEP_BYTES = 64
# How a locked file begins. No picture does, so what is older than the locks is told apart.
MARK = b"ADVOCACY LOCKED 1\n"
FILE_OVERHEAD_BYTES = len(MARK) + SecretBox.NONCE_SIZE + SecretBox.MACBYTES


class Locked(Exception):
    """What is locked can't be read here, or nothing can be locked. Says nothing of the text."""


def lock(text: str) -> bytes:
    """Lock a text. Raises Locked where the key is missing."""
    plain = text.encode()
    # Trailing blanks mean nothing in a name.
    padded = plain.ljust(-(-len(plain) // _STEP_BYTES) * _STEP_BYTES)
    return bytes(SecretBox(_key(b"stories.locking.lock")).encrypt(padded))


def unlock(locked: list[bytes]) -> list[str]:
    """The texts that `lock` was given. Raises Locked where the key is missing or another one."""
    if not locked:
        return []
    box = SecretBox(_key(b"stories.locking.lock"))
    try:
        return [box.decrypt(bytes(one)).decode().rstrip() for one in locked]
    except CryptoError:
        raise Locked("server.key does not open what was locked here.") from None


def lock_file(content: bytes) -> bytes:
    """Lock a whole file. Raises Locked where the key is missing."""
    return MARK + bytes(SecretBox(_key(b"stories.locking.lock_file")).encrypt(content))


def unlock_file(locked: bytes) -> bytes:
    """The file that `lock_file` was given. Raises Locked, also where it was changed since."""
    box = SecretBox(_key(b"stories.locking.lock_file"))
    try:
        return box.decrypt(locked[len(MARK) :])
    except (CryptoError, ValueError):
        raise Locked("server.key does not open this file.") from None


def require_key() -> None:
    """Refuse what could not be locked. Raises Locked."""
    _key(b"")


def keyed_hash(text: str) -> bytes:
    """What recognises a text, and tells it to nobody without the key. Raises Locked."""
    return hmac.digest(_key(b"stories.locking.keyed_hash"), text.encode(), hashlib.sha256)


def _key(purpose: bytes) -> bytes:
    # Read anew each time: 32 bytes, and no process goes on with a key that was exchanged.
    try:
        key = Path(settings.KEYS_DIR, "server.key").read_bytes()
    except OSError:
        raise Locked("The key server.key is missing or can't be read.") from None
    if len(key) != SecretBox.KEY_SIZE:
        raise Locked("The key server.key is damaged.")
    return hmac.digest(key, purpose, hashlib.sha256)
