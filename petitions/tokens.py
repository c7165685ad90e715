"""The links in our letters: what they prove, and for how long.

Nothing is stored: a token is the number of a signature, signed with the site's secret for one
purpose and with the time. It holds nothing of the person, so it may stand in a URL.
"""

import hashlib
from datetime import timedelta

from django.core import signing

CONFIRM = "confirm"


class BadToken(ValueError):
    """Not one of ours, or made for another purpose."""


class ExpiredToken(BadToken):
    """One of ours, too old."""


def make(purpose: str, signature_id: int, box: bytes) -> str:
    """A token for one signature as it was sealed in `box`."""
    return _signer(purpose).sign(f"{signature_id}-{fingerprint(box)}")


def read(purpose: str, token: str, max_age: timedelta) -> tuple[int, str]:
    """The signature's number and the fingerprint of its box. Raises BadToken, ExpiredToken."""
    try:
        signature_id, fingerprint_then = _signer(purpose).unsign(token, max_age).split("-")
    except signing.SignatureExpired:
        raise ExpiredToken from None
    except signing.BadSignature:
        raise BadToken from None
    return int(signature_id), fingerprint_then


def fingerprint(box: bytes) -> str:
    """Tells one sealed box from another, so that a letter vouches for what was signed with it.

    Whoever signs again before confirming replaces the box. Without this, somebody else could
    put another name under an address between the letter and the click.
    """
    return hashlib.sha256(bytes(box)).hexdigest()[:16]


def _signer(purpose: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"petitions.tokens.{purpose}", sep=".")
