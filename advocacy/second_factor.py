"""The second factor of editors: a number from an app on their phone (TOTP, RFC 6238).

Our own few lines rather than a library: those at hand keep the seeds in plain columns, where every
dump of the database carries them. A code is good once; codes on paper help on the day without the
phone, and a command of whoever runs the site when the paper is lost too.
"""

import base64
import hmac
import secrets
import time
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from advocacy.models import RecoveryCode, SecondFactor
from petitions import stafflog
from stories import figures, locking

STEP_SECONDS = 30
DIGITS = 6
# Phones may be slow, and people slower: the number before and the one after are good too (RFC 6238,
# 5.2 and 6).
STEPS_OFF = 1
SEED_BYTES = 20
RECOVERY_CODES_COUNT = 8
# 120 bits, so that a hash without a salt keeps them.
RECOVERY_CODE_BYTES = 15
# What stands in the app. Not the site's name: a phone is looked at by more people than its owner.
NAME_IN_THE_APP = "Desk"


def has(user: User) -> bool:
    """Whether this editor has set one up."""
    return SecondFactor.objects.filter(user=user).exists()


def is_asked_of(user: User) -> bool:
    """Whether a password alone does not let this editor in."""
    return settings.EDITORS_SECOND_FACTOR or has(user)


def new_seed() -> bytes:
    """A seed, locked, to be kept with somebody's visit until they have shown that it works."""
    return locking.lock(base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode())


def seed_in_words(seed: bytes) -> str:
    """What may be typed into an app instead of reading the QR code. Raises Locked."""
    (words,) = locking.unlock([seed])
    return words


def address_for_app(seed: bytes, user: User) -> str:
    """What the QR code says. Raises Locked."""
    label = quote(f"{NAME_IN_THE_APP}:{user.get_username()}")
    return f"otpauth://totp/{label}?secret={seed_in_words(seed)}&issuer={NAME_IN_THE_APP}"


def number_at(seed: bytes, step: int) -> str:
    """The number of one moment (RFC 4226, 5.3). Raises Locked."""
    digest = hmac.digest(base64.b32decode(seed_in_words(seed)), step.to_bytes(8), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(seed: bytes, typed: str) -> int | None:
    """The step whose number was typed, if it is one of now. Raises Locked."""
    plain = _plain(typed)
    now = int(time.time()) // STEP_SECONDS
    steps = range(now - STEPS_OFF, now + STEPS_OFF + 1)
    # All are compared, so that the time it takes tells nothing.
    good = [step for step in steps if hmac.compare_digest(number_at(seed, step), plain)]
    return max(good, default=None)


@transaction.atomic
def set_up(user: User, seed: bytes, step: int) -> list[str]:
    """Exchange whatever this editor had for a new app, and return the codes to be written down."""
    SecondFactor.objects.filter(user=user).delete()
    factor = SecondFactor.objects.create(user=user, seed=seed, last_step=step)
    stafflog.record(user.get_username(), "second factor set up", f"user {user.pk}")
    return _new_codes(factor)


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """New codes on paper; the old ones are good for nothing."""
    factor = SecondFactor.objects.select_for_update().get(user=user)
    factor.recovery_codes.all().delete()
    stafflog.record(user.get_username(), "recovery codes renewed", f"user {user.pk}")
    return _new_codes(factor)


def use(user: User, typed: str) -> bool:
    """Whether this is the app's number, or a code from paper, and nobody has used it before."""
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return False
    try:
        return _use_number(factor, typed) or _use_code(factor, typed)
    except locking.Locked:  # another server.key: nothing that is typed can be right
        return False


@transaction.atomic
def forget(user: User, who: str = "") -> bool:
    """Take an editor's app and codes away; at the next login they set up another one."""
    deleted, _of_what = SecondFactor.objects.filter(user=user).delete()
    if deleted:
        stafflog.record(who, "second factor forgotten", f"user {user.pk}")
    return bool(deleted)


def codes_left(user: User) -> int:
    """How many codes on paper are still good."""
    return RecoveryCode.objects.filter(second_factor__user=user).count()


def _use_number(factor: SecondFactor, typed: str) -> bool:
    step = step_of(bytes(factor.seed), typed)
    if step is None:
        return False
    # The WHERE clause is the lock: of two who send one number at once, one updates the row.
    rows = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return bool(rows.update(last_step=step))


def _use_code(factor: SecondFactor, typed: str) -> bool:
    rows = factor.recovery_codes.filter(code_hash=_code_hash(_plain(typed)))
    deleted, _of_what = rows.delete()
    if deleted:
        stafflog.record(factor.user.get_username(), "recovery code used", f"user {factor.user_id}")
    return bool(deleted)


def _new_codes(factor: SecondFactor) -> list[str]:
    raw = [secrets.token_bytes(RECOVERY_CODE_BYTES) for _ in range(RECOVERY_CODES_COUNT)]
    codes = [base64.b32encode(one).decode() for one in raw]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(second_factor=factor, code_hash=_code_hash(code)) for code in codes
    )
    return [in_groups(code) for code in codes]


def in_groups(code: str) -> str:
    """As people read and type it: four by four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _code_hash(plain: str) -> bytes:
    return locking.keyed_hash(f"advocacy.recovery_code {plain}")


def _plain(typed: str) -> str:
    """Without blanks and dashes, in capitals and Western figures; empty where it can't be right."""
    plain = "".join(c for c in figures.western(typed).upper() if c.isalnum())
    return plain if plain.isascii() else ""
