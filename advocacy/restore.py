"""A backup takes the place of all that is here; what was withdrawn or destroyed since stays gone.

All that can be wrong with a backup is found out before anything is touched. Then the database is
exchanged at once, and the folders by renaming. What is withdrawn in the database that goes is
withdrawn again in the one that comes.
"""

import io
import json
import shutil
import tarfile
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max

from advocacy import backup, database_copy
from advocacy.backup import Refused, Say
from petitions import retention
from petitions.models import Petition, Signature
from stories import generation, locking, withdrawal
from stories.models import Story, Withdrawal

# So many numbers are skipped: a letter that came after the backup must not lead to a stranger.
SKIPPED_COUNT = 1_000_000


class Wish(NamedTuple):
    """What the operator allows or gives."""

    replace: bool = False
    without_keys: bool = False
    withdrawals: Path | None = None  # a list that was exported


def restore(file: Path, wish: Wish, say: Say) -> dict:
    """Put a backup in the place of what is here; returns its manifest.

    Raises Refused before anything is touched, and database_copy.NotCopied, which leaves the
    database as it was.
    """
    say("Checking the backup …")
    manifest = backup.check(file)
    _require_fitting(manifest)
    _require_keys(manifest, wish, say)
    kept = _kept_list() if _kept_list().exists() else None
    lists = [_withdrawn_here(), _read_list(wish.withdrawals), _read_list(kept)]
    if not wish.replace:
        _require_empty()
    with ExitStack() as stack:
        rooms = {name: _room_beside(folder, stack) for name, folder in backup.folders().items()}
        say("Unpacking …")
        _unpack(file, rooms)
        _keep_list(lists)
        say("The database …")
        database_copy.load(rooms["media"] / backup.DATABASE)
        say("The pictures …")
        for name, folder in backup.folders().items():
            _exchange(folder, rooms[name] / name)
    say("Bringing it up to date …")
    call_command("migrate", verbosity=0, interactive=False)
    ContentType.objects.clear_cache()
    _skip_numbers()
    _forget(say)
    _withdraw_again(lists, say)
    _kept_list().unlink(missing_ok=True)
    generation.advance()
    return manifest


# --- Before anything is touched -------------------------------------------------------------------


def _require_fitting(manifest: dict) -> None:
    if manifest["database"] != connection.vendor:
        raise Refused(f"This backup is of {manifest['database']}, not of {connection.vendor}.")
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    known.update(old for one in loader.disk_migrations.values() for old in one.replaces)
    unknown = set(manifest["migrations"]) - {".".join(one) for one in known}
    if unknown:
        raise Refused("This backup is newer than the code. Update the code first.")


def _require_keys(manifest: dict, wish: Wish, say: Say) -> None:
    missing = backup.missing_keys(manifest["keys"])
    for one in missing:
        say(f"Missing in KEYS_DIR: {one}")
    if missing and not wish.without_keys:
        raise Refused(
            "Put the keys back first; or add --without-keys, if they are gone for good "
            "(docs/operations.md, “When a key is lost”)."
        )
    if wish.withdrawals and any(one.startswith("server.key") for one in missing):
        raise Refused("Without its server.key the list of withdrawals means nothing.")


def _require_empty() -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    models = [model for model in (Signature, Petition, Story) if model._meta.db_table in tables]
    is_empty = not any(model._base_manager.exists() for model in models)
    is_empty &= not any(any(backup.files(folder)) for folder in backup.folders().values())
    if not is_empty:
        raise Refused(
            "This site has content. To lose it, and restore the backup in its place: --replace"
        )


def _withdrawn_here() -> str:
    """The list of what is withdrawn in the database that goes; empty where there is none."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if Withdrawal._meta.db_table not in tables:
        return ""
    output = io.StringIO()
    try:
        call_command("withdrawals", "export", stdout=output)
    except DatabaseError:
        raise Refused("First bring the database up to date that is to go: migrate") from None
    return output.getvalue()


def _kept_list() -> Path:
    """Where the lists are until they are applied: killed before that, the next one finds them."""
    return Path(settings.DATA_DIR, "withdrawals-to-apply")


def _keep_list(lists: list[str]) -> None:
    _kept_list().touch(mode=0o600)
    _kept_list().write_text("\n".join(lists), encoding="utf-8")


def _read_list(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
        for line in filter(str.strip, text.splitlines()):
            one = json.loads(line)
            date.fromisoformat(one["on"])
            bytes.fromhex(one["hash"])
            if not {"kind", "number", "reason", "was_public"} <= one.keys():
                raise ValueError
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused("The list of withdrawals can't be read.") from None
    return text


# --- Exchanging -----------------------------------------------------------------------------------


def _room_beside(folder: Path, stack: ExitStack) -> Path:
    """A place on the same disk, so that the exchange is a renaming."""
    if folder.is_mount():
        raise Refused(f"{folder} is a disk of its own; it can't be exchanged. Mount its parent.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(
        stack.enter_context(tempfile.TemporaryDirectory(prefix=".restore-", dir=folder.parent))
    )


def _unpack(file: Path, rooms: dict[str, Path]) -> None:
    for name, room in rooms.items():
        (room / name).mkdir()
    with tarfile.open(file, mode="r|gz") as archive:
        for member in archive:
            # Asked again, since the file may be another one by now. Not by tarfile's own filters,
            # which the Python 3.11 of Debian 12 does not have.
            backup.require_harmless(member, {})
            if member.name != backup.MANIFEST:
                room = rooms.get(member.name.partition("/")[0], rooms["media"])
                _unpack_one(archive, member, room / member.name)


def _unpack_one(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as new:
        shutil.copyfileobj(archive.extractfile(member), new)
    target.chmod(member.mode & 0o755)


def _exchange(folder: Path, new: Path) -> None:
    if folder.exists():
        new.chmod(folder.stat().st_mode & 0o777)
        folder.rename(new.with_name("old"))  # goes with the room
    elif folder == backup.folders()["originals"]:
        new.chmod(0o700)
    new.rename(folder)


# --- Afterwards -----------------------------------------------------------------------------------


def _skip_numbers() -> None:
    table = Signature._meta.db_table
    number = SKIPPED_COUNT + (Signature.objects.aggregate(most=Max("id"))["most"] or 0)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number])
            return
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])


def _forget(say: Say) -> None:
    retention.forget_expired()
    retention.forget_refused()
    retention.forget_clues()
    if count := retention.destroy_again():
        say(f"Destroyed again, since their petitions' keys are gone: {count} records.")
    if waiting := [petition.pk for petition in retention.due()]:
        numbers = ", ".join(map(str, waiting))
        say(f"As soon as it runs, the worker destroys who signed these petitions: {numbers}.")


def _withdraw_again(lists: list[str], say: Say) -> None:
    for text in lists:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".list") as file:
            file.write(text)
            file.flush()
            call_command("withdrawals", "import", file.name, stdout=io.StringIO())
    try:
        rows_count, files_count = withdrawal.withdraw_again()
    except locking.Locked as error:
        say(f"NOT withdrawn again what the backup brought back: {error}")
        return
    say(f"Withdrawn again: {rows_count}. Files removed besides: {files_count}.")
