"""Withdrawing: a story, a profile, a petition, a page or a photo is gone at once, and for good.

The row goes with all that hangs on it, the files that nothing else uses, and what the desk's
history says of them. What stays is a `Withdrawal`: keyed hashes of the addresses, which answer 410
from then on, a day and a reason as a code. In other texts the name is withheld in the same act; an
editor may except single ones, and reads what a machine can't mend.

What can be withdrawn is in `withdrawable.py`, how names are taken out in `name_removal.py`.
Whatever else keeps a copy, such as an index or a file for feeds, appends a function to `ALSO`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from stories import name_removal, pictures, withdrawable, withdrawn_addresses
from stories.mentions import as_text
from stories.models import Photo, SearchEntry, Translation
from stories.name_removal import Place, Rewritten
from stories.withdrawable import KEEP, PAUSE, WAYS, WITHDRAW, Companion
from stories.withholding import Sought

Row = models.Model  # of a model that is in WAYS


class Choice(NamedTuple):
    """What an editor has decided otherwise than it is offered."""

    more_names: Collection[str] = ()
    keep: Collection[str] = ()  # keys of places where the name stays
    fates: Mapping[str, str] = {}  # by the keys of companions


@dataclass
class Gone:
    """What was withdrawn, for those who keep a copy or a log. `paths` tell the name: log none."""

    kind: str
    number: int
    paths: list[str]
    reason: str
    who: str
    along: list["Gone"] = field(default_factory=list)
    paused: list[models.Model] = field(default_factory=list)
    rewritten: list[Rewritten] = field(default_factory=list)
    left: list[Place] = field(default_factory=list)  # where the name still stands


class Outlook(NamedTuple):
    """What withdrawing a row would do."""

    paths: list[str]
    going: list[models.Model]  # rows, the withdrawn one first
    leaves: list[models.Model]  # rows that stay and no longer lead to it
    shared: list[models.Model]  # what goes on showing its photo
    companions: list[Companion]
    places: list[Place]  # where else the name stands


# Called with a `Gone` in the transaction of the act; what they raise undoes all of it.
ALSO: list[Callable[[Gone], None]] = []


def outlook(row: Row, more_names: Iterable[str] = ()) -> Outlook:
    """What would happen. Changes nothing."""
    going, leaves = _going(row), _leaves(row)
    of = WAYS[type(row)].sought(row, more_names)
    found = name_removal.places(of, leaves, without=going)
    offered = withdrawable.companions(row, of)
    return Outlook(_paths(going), going, leaves, shared(row), offered, found)


def shared(row: Row) -> list[models.Model]:
    """What goes on showing the photo of a row that is withdrawn."""
    photo = getattr(row, "photo", None)
    return [] if photo is None else withdrawable.users(photo, but=row)


@transaction.atomic
def withdraw(row: Row, reason: str, who: str, choice: Choice | None = None) -> Gone | None:
    """Withdraw a row for good. None where somebody has done so before. Raises Locked.

    `reason` is one of Withdrawal.Reason; `who` is for the staff log.
    """
    choice = choice or Choice()
    row = _held(row)
    if row is None:
        return None
    of = WAYS[type(row)].sought(row, choice.more_names)
    linked = _leaves(row)
    offered = withdrawable.companions(row, of)
    tables = {LogEntry, SearchEntry, Translation}
    gone = _take_away(row, of, reason, who, tables)
    for one in offered:
        fate = choice.fates.get(one.key, one.fates[0])
        _see_to(one, fate if fate in one.fates else one.fates[0], gone, of, tables)
    gone.rewritten, gone.left = name_removal.remove(of, reason, linked, choice.keep)
    # A title of theirs with the surname alone stands in the history, too.
    _purge_lines(_history(one.row for one in gone.rewritten), of, with_parts=True)
    tables |= {type(one.row) for one in gone.rewritten}
    for tell in ALSO:
        tell(gone)
    transaction.on_commit(partial(_wipe, tables), robust=True)
    return gone


def withdraw_again() -> tuple[int, int]:
    """After a backup was restored: withdraw what is back. Returns how many rows and files.

    The names that come back with the rows are withheld in other texts once more. Of petitions,
    only those go that were withdrawn themselves; others that are linked are paused.
    """
    rows_count = 0
    for model in WAYS:
        for row in model._base_manager.all():
            known = withdrawn_addresses.known(_paths([row])).first()
            if known is None or WAYS[model].is_gone(row):
                continue
            if known.number == withdrawn_addresses.MOVED:
                name_removal.move(row, known.reason)
                rows_count += 1
                continue
            offered = withdrawable.companions(row, WAYS[model].sought(row))
            fates = {one.key: PAUSE if PAUSE in one.fates else KEEP for one in offered}
            rows_count += withdraw(row, known.reason, "", Choice(fates=fates)) is not None
    return rows_count, _take_files_down_again()


# --- What goes ------------------------------------------------------------------------------------


def _held(row: Row) -> Row | None:
    """The row as it is now, locked: of two editors at once, the second finds nothing."""
    row = type(row)._base_manager.select_for_update().filter(pk=row.pk).first()
    return None if row is None or WAYS[type(row)].is_gone(row) else row


def _take_away(row: Row, of: Sought, reason: str, who: str, tables: set) -> Gone:
    way, going = WAYS[type(row)], _going(row)
    tables |= {type(one) for one in going}
    gone = Gone(way.word or str(way.kind), row.pk, _paths(going), reason, who)
    for one in going:
        if type(one) in WAYS and (one == row or isinstance(one, Photo)):
            _remember(one, reason)
    _purge_history(going, of)
    way.remove(row)
    for photo in (one for one in going if isinstance(one, Photo) and one != row):
        photo.delete()
        pictures.take_down(photo)
    return gone


def _see_to(companion: Companion, fate: str, gone: Gone, of: Sought, tables: set) -> None:
    if fate == WITHDRAW:
        row = _held(companion.row)
        if row is not None:
            gone.along.append(_take_away(row, of, gone.reason, gone.who, tables))
    elif fate == PAUSE:
        companion.pause()
        gone.paused.append(companion.row)


def _going(row: Row) -> list[models.Model]:
    going = [row, *WAYS[type(row)].parts(row)]
    photo = getattr(row, "photo", None)
    if photo is not None and not withdrawable.users(photo, but=row):
        going.append(photo)
    return going


def _leaves(row: Row) -> list[models.Model]:
    if isinstance(row, Photo):
        return withdrawable.users(row)
    return [
        other
        for relation in row._meta.related_objects
        if relation.many_to_many
        for other in getattr(row, relation.get_accessor_name()).all()
    ]


# --- What the desk remembers ----------------------------------------------------------------------


def _purge_history(going: list[models.Model], of: Sought) -> None:
    _history(going).delete()
    _purge_lines(LogEntry.objects.all(), of)


def _purge_lines(lines: models.QuerySet[LogEntry], of: Sought, with_parts: bool = False) -> None:
    for line in lines.iterator():
        if of.stands_in(f"{line.object_repr} {as_text(line.change_message)}", with_parts):
            line.delete()


def _history(rows: Iterable[models.Model]) -> models.QuerySet[LogEntry]:
    about = models.Q(pk=None)
    for row in rows:
        kind = ContentType.objects.get_for_model(row)
        about |= models.Q(content_type=kind, object_id=str(row.pk))
    return LogEntry.objects.filter(about)


# --- What stays: addresses, as hashes -------------------------------------------------------------


def _remember(row: Row, reason: str) -> None:
    way = WAYS[type(row)]
    paths = withdrawn_addresses.paths(row)
    withdrawn_addresses.remember(
        way.kind, row.pk, paths, reason=reason, was_public=way.was_public(row)
    )


def _paths(rows: Iterable[models.Model]) -> list[str]:
    known = [row for row in rows if type(row) in WAYS]
    return [path for row in known for path in withdrawn_addresses.paths(row)]


def _take_files_down_again() -> int:
    folder = "photos"
    if not default_storage.exists(folder):
        return 0
    names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    back = [name for name in names if withdrawn_addresses.is_taken_by_file(name)]
    for name in back:
        default_storage.delete(name)
    return len(back)


def _wipe(tables: Iterable[type[models.Model]]) -> None:
    """Have the database overwrite what is deleted, as far as it can."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in {model._meta.db_table for model in tables}:
            cursor.execute(f'VACUUM "{table}"')
