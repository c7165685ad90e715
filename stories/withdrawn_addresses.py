"""What stays of what was withdrawn: keyed hashes of addresses, a day and a reason as a code."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone, translation

from stories import locking
from stories.models import Photo, Withdrawal

# In the place of a row's number: what stood there stays, at another address.
MOVED = 0


def paths(row: models.Model) -> list[str]:
    """Where a row is to be found, as requests ask for it: several for a photo."""
    with translation.override(settings.LANGUAGE_CODE):
        if isinstance(row, Photo):
            return [urlsplit(default_storage.url(name)).path for name in row.files]
        return [row.get_absolute_url()]


def remember(
    kind: str, number: int, addresses: Iterable[str], *, reason: str, was_public: bool
) -> None:
    """Note addresses that answer 410 from now on. Raises Locked."""
    rows = [
        Withdrawal(
            kind=kind,
            number=number,
            path_hash=_hash(address),
            withdrawn_on=timezone.now().date(),
            reason=reason,
            was_public=was_public,
        )
        for address in addresses
    ]
    # Those that came back with a backup are known.
    Withdrawal.objects.bulk_create(rows, ignore_conflicts=True)


def known(addresses: Iterable[str]) -> models.QuerySet[Withdrawal]:
    """What is noted of these addresses. Raises Locked."""
    if not Withdrawal.objects.exists():
        return Withdrawal.objects.none()
    return Withdrawal.objects.filter(path_hash__in=[_hash(address) for address in addresses])


def is_withdrawn(path: str) -> bool:
    """Whether the address of a request, or one that it lies beneath, once showed what is gone.

    So the pages of a petition beneath its own, such as `sign/`, are gone with it.
    """
    steps = path.split("/")
    above = ["/".join([*steps[:count], ""]) for count in range(2, len(steps))]
    return known({path, *above}).filter(was_public=True).exists()


def is_taken(path: str) -> bool:
    """Whether an address can't be given again, since what stands there would be withdrawn."""
    return known([path]).exists()


def is_taken_by_file(name: str) -> bool:
    """The same for a picture's file."""
    return is_taken(urlsplit(default_storage.url(name)).path)


def _hash(path: str) -> bytes:
    if language := translation.get_language_from_path(path):
        path = path.removeprefix(f"/{language}")
    return locking.keyed_hash(path)
