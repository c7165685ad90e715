"""Withdrawing: a story, a profile or a photo is gone from everywhere at once, and for good.

The row goes with all that hangs on it, the files that nothing else uses, and what the desk's
history says of them. What stays is a `Withdrawal`: keyed hashes of the addresses, which answer 410
from then on, a day and a reason as a code. Words that name the person in other texts can't be
rewritten by a machine; they are found and shown, before and after.

Whatever else keeps a copy, such as an index or a file for feeds, appends a function to `ALSO`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.utils import timezone, translation

from stories import locking, pictures
from stories.mentions import Mention, mentions, without
from stories.models import Defender, Photo, Quote, Story, Withdrawal
from stories.namesearch import Matcher, letters_count

KINDS = {
    Story: Withdrawal.Kind.STORY,
    Defender: Withdrawal.Kind.DEFENDER,
    Photo: Withdrawal.Kind.PHOTO,
}
_FEWEST_LETTERS = 3  # of a name that is looked for; shorter ones stand everywhere

Row = Story | Defender | Photo


class Gone(NamedTuple):
    """What was withdrawn, for those who keep a copy or a log. `paths` tell the name: log none."""

    kind: str
    number: int
    paths: list[str]
    reason: str
    who: str


class Outlook(NamedTuple):
    """What withdrawing a row would do, or what it has left behind."""

    paths: list[str]
    going: list[models.Model]  # rows, the withdrawn one first
    leaves: list[models.Model]  # rows that stay and no longer lead to it
    shared: list[models.Model]  # what goes on showing its photo
    mentions: list[Mention]  # where else the name stands


# Called with a `Gone` in the transaction of the act; what they raise undoes all of it.
ALSO: list[Callable[[Gone], None]] = []


def outlook(row: Row, more_names: Iterable[str] = ()) -> Outlook:
    """What would happen. Changes nothing."""
    going = _going(row)
    photo = getattr(row, "photo", None)
    shared = [] if photo is None or photo in going else _users(photo, but=row)
    found = without(mentions(Matcher(names_of(row, more_names))), [*going, *_history(going)])
    found = [one for one in found if not isinstance(one.row, LogEntry)]
    return Outlook(_paths(going), going, _leaves(row), shared, found)


@transaction.atomic
def withdraw(row: Row, reason: str, who: str, more_names: Iterable[str] = ()) -> Gone | None:
    """Withdraw a row for good. None where somebody has done so before. Raises Locked.

    `reason` is one of Withdrawal.Reason; `who` is for the staff log.
    """
    # The row is the lock: of two editors at once, the second finds nothing.
    row = type(row)._base_manager.select_for_update().filter(pk=row.pk).first()
    if row is None:
        return None
    going = _going(row)
    gone = Gone(KINDS[type(row)], row.pk, _paths(going), reason, who)
    _remember(going, reason)
    _purge_history(going, Matcher(names_of(row, more_names)))
    _delete(row, going)
    for tell in ALSO:
        tell(gone)
    transaction.on_commit(_wipe, robust=True)
    return gone


def withdraw_again() -> tuple[int, int]:
    """After a backup was restored: withdraw what is back. Returns how many rows and files."""
    rows_count = 0
    for model in KINDS:
        for row in model._base_manager.all():
            if known := _known(_paths([row])).first():
                rows_count += withdraw(row, known.reason, who="") is not None
    return rows_count, _take_files_down_again()


def is_withdrawn(path: str) -> bool:
    """Whether the address of a request once showed what is withdrawn."""
    return _known([path]).filter(was_public=True).exists()


def is_taken(path: str) -> bool:
    """Whether an address can't be given again, since what stands there would be withdrawn."""
    return _known([path]).exists()


def names_of(row: Row, more_names: Iterable[str] = ()) -> list[str]:
    """The names by which a row is looked for in other texts."""
    if isinstance(row, Defender):
        names = [row.name, row.name_original, *row.other_name_list, row.slug]
    else:
        # A title of one word may stand anywhere and mean nothing.
        titles = [row.title, row.slug] if isinstance(row, Story) else []
        names = [title for title in titles if len(title.replace("-", " ").split()) > 1]
    return [n for n in {*names, *more_names} if letters_count(n) >= _FEWEST_LETTERS]


# --- What goes ------------------------------------------------------------------------------------


def _going(row: Row) -> list[models.Model]:
    going = [row, *_parts(row)]
    photo = getattr(row, "photo", None)
    if photo is not None and not _users(photo, but=row):
        going.append(photo)
    return going


def _parts(row: Row) -> list[models.Model]:
    if isinstance(row, Photo):
        return []
    # Words of somebody who has a profile stay with it when a story goes.
    quotes = Quote.objects.filter(defender=None) if isinstance(row, Story) else Quote.objects.all()
    parts = [*quotes.filter(**{KINDS[type(row)].value: row}), *row.sources.all()]
    parts += [*row.corrections.all(), *row.updates.all()]
    if isinstance(row, Defender):
        parts += [*row.incidents.all(), *row.consents.all()]
    return parts


def _users(photo: Photo, but: models.Model | None = None) -> list[models.Model]:
    users = []
    for relation in photo._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            users += relation.related_model._base_manager.filter(**{relation.field.name: photo})
    return [user for user in users if user != but]


def _leaves(row: Row) -> list[models.Model]:
    if isinstance(row, Photo):
        return _users(row)
    return [
        other
        for relation in row._meta.related_objects
        if relation.many_to_many
        for other in getattr(row, relation.get_accessor_name()).all()
    ]


def _delete(row: Row, going: list[models.Model]) -> None:
    if isinstance(row, Photo):
        for user in _users(row):
            type(user)._base_manager.filter(pk=user.pk).update(photo=None)
    for one in [*(part for part in going if isinstance(part, Quote)), row]:
        one.delete()
    for photo in (one for one in going if isinstance(one, Photo)):
        pictures.take_down(photo)
        if photo != row:
            photo.delete()


# --- What the desk remembers ----------------------------------------------------------------------


def _history(going: list[models.Model]) -> models.QuerySet[LogEntry]:
    about = models.Q(pk=None)
    for row in going:
        kind = ContentType.objects.get_for_model(row)
        about |= models.Q(content_type=kind, object_id=str(row.pk))
    return LogEntry.objects.filter(about)


def _purge_history(going: list[models.Model], names: Matcher) -> None:
    _history(going).delete()
    for line in LogEntry.objects.iterator():
        if names.find(f"{line.object_repr} {line.change_message}"):
            line.delete()


# --- What stays: addresses, as hashes -------------------------------------------------------------


def _remember(going: list[models.Model], reason: str) -> None:
    rows = [
        Withdrawal(
            kind=KINDS[type(row)],
            number=row.pk,
            path_hash=_hash(path),
            withdrawn_on=timezone.now().date(),
            reason=reason,
            was_public=_was_public(row),
        )
        for row in going
        if type(row) in KINDS
        for path in _paths([row])
    ]
    # Those that came back with a backup are known.
    Withdrawal.objects.bulk_create(rows, ignore_conflicts=True)


def _was_public(row: Row) -> bool:
    # A draft that was public once still has its moment. A photo's address can't be guessed.
    return isinstance(row, Photo) or (
        row.published_at is not None and row.published_at <= timezone.now()
    )


def _paths(rows: Iterable[models.Model]) -> list[str]:
    paths = []
    with translation.override(settings.LANGUAGE_CODE):
        for row in rows:
            if isinstance(row, Photo):
                paths += [urlsplit(default_storage.url(name)).path for name in row.files]
            elif type(row) in KINDS:
                paths.append(row.get_absolute_url())
    return paths


def _known(paths: list[str]) -> models.QuerySet[Withdrawal]:
    if not Withdrawal.objects.exists():
        return Withdrawal.objects.none()
    return Withdrawal.objects.filter(path_hash__in=[_hash(path) for path in paths])


def _hash(path: str) -> bytes:
    if language := translation.get_language_from_path(path):
        path = path.removeprefix(f"/{language}")
    return locking.keyed_hash(path)


def _take_files_down_again() -> int:
    folder = "photos"
    if not default_storage.exists(folder):
        return 0
    names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    back = [name for name in names if is_taken(urlsplit(default_storage.url(name)).path)]
    for name in back:
        default_storage.delete(name)
    return len(back)


def _wipe() -> None:
    """Have the database overwrite what is deleted, as far as it can."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        tables = [model._meta.db_table for model in (*KINDS, Quote, LogEntry)]
        for table in tables:
            cursor.execute(f'VACUUM "{table}"')
