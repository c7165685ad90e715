"""One file with all that can't be made again: the database, pictures, locked originals. No key.

A gzipped tar. Its last member is the manifest: when it was made, what belongs to it with sizes and
hashes, under which migrations, and which keys are needed to read it, by their ids. So a file that
was cut off or damaged anywhere is found out before anything is restored.
"""

import hashlib
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from advocacy import database_copy
from petitions import sealing
from petitions.models import Petition
from stories import locking, originals

FORM = 1
MANIFEST = "manifest.json"
DATABASE = "database"
_MANIFEST_MOST_BYTES = 256 * 1024 * 1024
_PART_BYTES = 1 << 20

Say = Callable[[str], None]  # tells the operator how far it has gone


class Refused(Exception):
    """It is not done, for a reason that the operator reads. Names nobody."""


def folders() -> dict[str, Path]:
    """The folders that belong to a backup, by the name under which they stand in it."""
    return {
        "media": Path(settings.MEDIA_ROOT).resolve(),
        "originals": Path(originals.private().location).resolve(),
    }


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder that belong to a backup."""
    for path in sorted(folder.rglob("*")):
        is_unfinished = path.name.startswith(".unfinished-")
        if path.is_file() and not path.is_symlink() and not is_unfinished:
            yield path


def make(file: Path, say: Say) -> dict:
    """Write a backup to a file that is not there yet; returns its manifest. Raises Refused."""
    file = file.absolute()
    _require_good_place(file)
    if plain := originals.private().plain_names():
        raise Refused(f"{len(plain)} originals are not locked yet; run: manage.py work --once")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as made:
        unfinished = Path(made, "unfinished")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as output:
            with tarfile.open(fileobj=output, mode="w:gz", compresslevel=6) as archive:
                manifest = _write_all(archive, Path(made), say)
            output.flush()
            os.fsync(output.fileno())
        unfinished.rename(file)
    _sync_folder(file.parent)
    return manifest


def check(file: Path) -> dict:
    """The manifest of a backup that is whole. Changes nothing. Raises Refused."""
    found: dict[str, dict] = {}
    manifest = None
    try:
        with tarfile.open(file, mode="r|gz") as archive:
            for member in archive:
                require_harmless(member, found)
                content = archive.extractfile(member)
                if member.name == MANIFEST:
                    manifest = json.loads(content.read(_MANIFEST_MOST_BYTES))
                    continue
                reader = _Hashing(content)
                while reader.read(_PART_BYTES):
                    pass
                found[member.name] = {"bytes": reader.count, "sha256": reader.hexdigest()}
    except FileNotFoundError:
        raise Refused(f"There is no {file}.") from None
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error):
        raise Refused("This is not a backup, or it is damaged: it can't be read.") from None
    return _agreeing(manifest, found)


def needed_keys() -> dict:
    """The ids of the keys without which what is stored can't be read or signed; never a key."""
    petitions = Petition.objects.filter(destruction__isnull=True)
    return {
        "server": server_key_id(),
        "sealing": sorted(set(petitions.values_list("sealing_key_id", flat=True)) - {""}),
        "petitions": {
            petition.duplicate_key_id: str(petition.destroys_on or "")
            for petition in petitions.exclude(duplicate_key_id="")
        },
    }


def server_key_id() -> str:
    """What tells one server.key from another and nothing of it; empty where there is none."""
    try:
        return locking.keyed_hash("advocacy.backup: which key is this?").hex()[:16]
    except locking.Locked:
        return ""


def missing_keys(needed: dict) -> list[str]:
    """Which keys that a backup needs are not here. One whose day is past is not missed."""
    today = timezone.now().date().isoformat()
    here = set(sealing.sealing_key_ids())
    missing = []
    if needed["server"] and server_key_id() != needed["server"]:
        missing.append("server.key (none, or another one)")
    missing += [f"sealing/{i}.public" for i in needed["sealing"] if i not in here]
    for key_id, destroys_on in needed["petitions"].items():
        is_over = destroys_on and destroys_on <= today
        if not is_over and not sealing.has_duplicate_key(key_id):
            missing.append(f"petitions/{key_id}.key")
    return missing


# --- Writing --------------------------------------------------------------------------------------


def _require_good_place(file: Path) -> None:
    """Not where pictures are served from, and not beside the keys."""
    if file.exists():
        raise Refused(f"{file} is there already.")
    if not file.parent.is_dir():
        raise Refused(f"There is no folder {file.parent}.")
    keys = Path(settings.KEYS_DIR).resolve()
    place = file.resolve()
    if any(place.is_relative_to(folder) for folder in (*folders().values(), keys)):
        raise Refused("A backup belongs neither among the pictures nor among the keys.")
    if any(keys.is_relative_to(folder) for folder in folders().values()):
        raise Refused("KEYS_DIR lies in a folder that is backed up; move it elsewhere.")


def _write_all(archive: tarfile.TarFile, room: Path, say: Say) -> dict:
    made_at = timezone.now()
    say("The database …")
    manifest = {
        "form": FORM,
        "made_at": made_at.isoformat(timespec="seconds"),
        "database": connection.vendor,
        "migrations": sorted(".".join(one) for one in _applied()),
        "keys": needed_keys(),
        "members": {},
    }
    database_copy.dump(room / DATABASE)
    members = manifest["members"]
    members[DATABASE] = _add(archive, room / DATABASE, DATABASE)
    (room / DATABASE).unlink()
    # After the database, so that each file that it names is there unless it was deleted since.
    for name, folder in folders().items():
        say(f"{folder} …")
        for path in files(folder):
            inside = f"{name}/{path.relative_to(folder).as_posix()}"
            with suppress(FileNotFoundError):  # deleted a moment ago
                members[inside] = _add(archive, path, inside)
    _add_manifest(archive, room / MANIFEST, manifest)
    return manifest


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def _add(archive: tarfile.TarFile, path: Path, name: str) -> dict:
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        member = tarfile.TarInfo(name)  # without the names of users of this machine
        member.size, member.mode, member.mtime = state.st_size, state.st_mode & 0o777, 0
        reader = _Hashing(file)
        archive.addfile(member, reader)
    return {"bytes": reader.count, "sha256": reader.hexdigest()}


def _add_manifest(archive: tarfile.TarFile, path: Path, manifest: dict) -> None:
    path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    _add(archive, path, MANIFEST)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- Checking -------------------------------------------------------------------------------------


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.count, self.hash = file, 0, hashlib.sha256()

    def read(self, size: int) -> bytes:
        """A part, as the file would give it."""
        part = self.file.read(size)
        self.count += len(part)
        self.hash.update(part)
        return part

    def hexdigest(self) -> str:
        """The hash of what was read."""
        return self.hash.hexdigest()


def require_harmless(member: tarfile.TarInfo, found: dict) -> None:
    """Only plain files, each once, at places that we write ourselves. Raises Refused."""
    parts = PurePosixPath(member.name).parts
    is_ours = member.name in (DATABASE, MANIFEST) or (
        len(parts) > 1 and parts[0] in folders() and "/".join(parts) == member.name
    )
    if not member.isreg() or not is_ours or ".." in parts or member.name in found:
        raise Refused("This backup holds something that does not belong in one.")


def _agreeing(manifest: object, found: dict[str, dict]) -> dict:
    wanted = {"form", "made_at", "database", "migrations", "keys", "members"}
    if not isinstance(manifest, dict) or not wanted <= manifest.keys():
        raise Refused("This backup is cut off: it has no manifest.")
    if manifest["form"] != FORM:
        raise Refused("This backup was made by a newer version of the software.")
    wrong = {n for n in manifest["members"].keys() | found.keys()
             if manifest["members"].get(n) != found.get(n)}  # fmt: skip
    if wrong or DATABASE not in found:
        raise Refused(f"This backup is damaged: {len(wrong) or 1} of its files do not agree.")
    return manifest
