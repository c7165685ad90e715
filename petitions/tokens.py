"""The links in our letters: what they prove, and for how long.

Nothing is stored: a token is the number of a signature, signed with the site's secret for one
purpose and with the time. It holds nothing of the person, so it may stand in a URL.
"""

import base64
import hashlib
from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from stories import figures

SIGNATURE = "signature"  # the private page of one signature
STOP = "stop"  # one press ends the updates of one mailbox


class BadToken(ValueError):
    """Not one of ours, or made for another purpose."""


class ExpiredToken(BadToken):
    """One of ours, too old."""


class Claim(NamedTuple):
    """What a token says: which signature, of which mailbox, in which version."""

    signature_id: int
    mailbox: str
    version: str


def claim_on(signature_id: int, duplicate_hash: bytes, sealed_box: bytes) -> Claim:
    """The claim that a letter about this signature, as it stands now, may make.

    The version is there because whoever signs again before confirming replaces the box: without
    it, somebody else could put another name under an address between the letter and the click.
    The mailbox is there because numbers come again after a database is restored.
    """
    return Claim(signature_id, _fingerprint(duplicate_hash), _fingerprint(sealed_box))


def make(purpose: str, claim: Claim) -> str:
    """A token for one purpose."""
    return _signer(purpose).sign("-".join(str(part) for part in claim))


def read(purpose: str, token: str, max_age: timedelta | None = None) -> Claim:
    """What a token of ours claims, of whatever age unless a limit is given.

    Raises BadToken, ExpiredToken.
    """
    try:
        signature_id, mailbox, version = _signer(purpose).unsign(token, max_age).split("-")
    except signing.SignatureExpired:
        raise ExpiredToken from None
    except signing.BadSignature:
        raise BadToken from None
    return Claim(int(signature_id), mailbox, version)


def make_stop(petition_id: int, duplicate_hash: bytes) -> str:
    """A token that ends the updates of one mailbox, for as long as there are any.

    It names the mailbox by its hash, not a row by its number, so that an old mail also ends a
    subscription that was made since.
    """
    return _signer(STOP).sign(f"{petition_id}-{bytes(duplicate_hash).hex()}")


def read_stop(token: str) -> tuple[int, bytes]:
    """The petition and the mailbox's hash in such a token, however old. Raises BadToken."""
    try:
        petition_id, duplicate_hash = _signer(STOP).unsign(token).split("-")
    except signing.BadSignature:
        raise BadToken from None
    return int(petition_id), bytes.fromhex(duplicate_hash)


def short_code(claim: Claim) -> str:
    """What may be typed instead of opening a link: 40 bits, which only the letter tells.

    No digits and letters that look alike (base32, RFC 4648). It is good with the address that the
    letter went to, and for one version.
    """
    of_what = "-".join(str(part) for part in claim)
    digest = salted_hmac("petitions.tokens.short_code", of_what, algorithm="sha256").digest()
    code = base64.b32encode(digest[:5]).decode()
    return f"{code[:4]}-{code[4:]}"


def is_short_code(typed: str, claim: Claim) -> bool:
    """Whether this is the claim's code, in capitals or not, with or without the dash.

    Keyboards for Persian and Arabic have figures of their own, which are good too.
    """
    plain = "".join(c for c in figures.western(typed).upper() if c.isalnum())
    return constant_time_compare(plain, short_code(claim).replace("-", ""))


def reference(signature_id: int, duplicate_hash: bytes) -> str:
    """What somebody may name when they write to us about their signature, as "AAE2-X5QK".

    Its number, and 20 bits that vouch for it: enough against slips and guesses at the desk, where
    it opens nothing but the signature's standing.
    """
    of_what = f"{signature_id}-{_fingerprint(duplicate_hash)}"
    digest = salted_hmac("petitions.tokens.reference", of_what, algorithm="sha256").digest()
    number = signature_id.to_bytes((signature_id.bit_length() + 7) // 8)
    return f"{_base32(number)}-{_base32(digest)[:4]}"


def read_reference(typed: str) -> int | None:
    """The number that a reference names, to be compared with that signature's own reference."""
    number = "".join(figures.western(typed).split()).upper().rpartition("-")[0]
    try:
        return int.from_bytes(base64.b32decode(number + "=" * (-len(number) % 8))) or None
    except ValueError:
        return None


def _base32(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=")


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(bytes(content)).hexdigest()[:16]


def _signer(purpose: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"petitions.tokens.{purpose}", sep=".")
