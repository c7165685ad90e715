"""What lets a person through where the guard stops them: a calculation, or waiting.

The calculation is ALTCHA's proof of work: the device tries numbers, one after the other, until it
finds the one that we chose. The waiting needs no JavaScript: a ticket in the form becomes good.
Nothing is stored but the mark of a pass that was used, until it would be too old anyway.
"""

import base64
import hashlib
import json
import math
import secrets
import time
from typing import NamedTuple

from altcha.v2 import create_challenge, verify_solution
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.utils.crypto import salted_hmac

PROOF_LIFE_SECONDS = 20 * 60
TICKET_LIFE_SECONDS = 3600
_TICKET = "petitions.passes.ticket"
# One try: some 0.25 ms of a desk's processor and 1 ms of a cheap phone's.
_ALGORITHM, _STEPS_PER_TRY = "PBKDF2/SHA-256", 1000
_MAX_PROOF_CHARACTERS = 4000


class Pass(NamedTuple):
    """Something that lets through once."""

    mark: str  # recognises it when it comes again
    life_seconds: int


class Ticket(NamedTuple):
    """A pass that is not good yet."""

    text: str
    good_at: float  # seconds since 1970

    @property
    def wait_seconds(self) -> int:
        """How long to wait until it is good."""
        return max(0, math.ceil(self.good_at - time.time()))

    @property
    def as_pass(self) -> Pass:
        """The same, once it is good."""
        return Pass(hashlib.sha256(self.text.encode()).hexdigest(), TICKET_LIFE_SECONDS)


def make_challenge(purpose: str, strain: float) -> str:
    """A calculation to be done for one purpose: the greater the strain, the longer it takes."""
    most = int(min(settings.PROOF_TRIES * strain, settings.PROOF_MOST_TRIES))
    challenge = create_challenge(
        _ALGORITHM,
        _STEPS_PER_TRY,
        # Chosen by us, so that nobody is so unlucky as to search for minutes.
        counter=most // 2 + secrets.randbelow(most // 2 + 1),
        expires_at=int(time.time()) + PROOF_LIFE_SECONDS,
        data={"for": purpose},
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    )
    return json.dumps(challenge.to_dict())


def read_proof(purpose: str, text: str) -> Pass | None:
    """The pass that a solved calculation is, if it is one of ours for this purpose."""
    if not 0 < len(text) <= _MAX_PROOF_CHARACTERS:
        return None
    try:
        answer = verify_solution(text, _key("challenge"), hmac_key_secret=_key("solution"))
        if not answer.verified:
            return None
        challenge = json.loads(base64.b64decode(text))["challenge"]
    except Exception:  # whatever is wrong with it, it is no proof
        return None
    if challenge["parameters"].get("data") != {"for": purpose}:
        return None
    # Not the text, which could be written in other ways.
    return Pass(challenge["signature"], PROOF_LIFE_SECONDS)


def make_ticket(purpose: str, wait_seconds: int) -> Ticket:
    """A ticket that is good for one purpose after so many seconds."""
    good_at = time.time() + wait_seconds
    words = [purpose, good_at, secrets.token_urlsafe(9)]
    return Ticket(signing.dumps(words, salt=_TICKET), good_at)


def read_ticket(purpose: str, text: str) -> Ticket | None:
    """A ticket of ours for this purpose, good or not good yet."""
    try:
        what_for, good_at, _ = signing.loads(text, salt=_TICKET, max_age=TICKET_LIFE_SECONDS)
    except signing.BadSignature:
        return None
    return Ticket(text, good_at) if what_for == purpose else None


def use(one: Pass) -> bool:
    """Use a pass. True the first time only."""
    return cache.add(f"guard.used.{one.mark}", 1, one.life_seconds)


def _key(use: str) -> str:
    return salted_hmac(f"petitions.passes.{use}", "", algorithm="sha256").hexdigest()
