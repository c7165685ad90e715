"""Are all keys here that must be, and is the one away that must never be here?"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from nacl.public import PrivateKey

from advocacy.doctor.finding import Finding, fault, ok, warn
from petitions import sealing
from petitions.models import Petition

KEY_BYTES = 32
NAMED_COUNT = 3
_KNOWN = re.compile(r"server\.key|sealing/[0-9a-f]{16}\.public|petitions/[0-9a-f]{16}\.key")


def look() -> Iterator[Finding]:
    """The site's keys, each petition's, other users' rights, and the private key."""
    missing = sealing.missing_keys()
    for sentence in missing:
        yield fault(
            sentence.rstrip("."),
            "From the keys' backup; on a new site: manage.py keys make --private-key-file …",
        )
    if not missing:
        yield ok("there is a public key and server.key")
    yield from keys_of_petitions()
    yield from files()
    yield private_key(_where_it_may_lie())


def keys_of_petitions() -> Iterator[Finding]:
    """Whether every petition has both its keys, but for those destroyed as promised."""
    # Once destroying has begun its own key is gone on purpose, and nobody signs any more.
    petitions = Petition.objects.filter(destruction=None).exclude(duplicate_key_id="")
    ids = list(petitions.values_list("sealing_key_id", "duplicate_key_id"))
    named = {
        "seal": {f"sealing/{sealing_id}.public" for sealing_id, _own in ids if sealing_id},
        "recognise who signs twice": {f"petitions/{own_id}.key" for _sealing, own_id in ids},
    }
    for act, names in named.items():
        gone = sorted(name for name in names if not _is_whole(Path(settings.KEYS_DIR) / name))
        if gone:
            yield fault(
                f"petitions’ keys to {act}: {len(gone)} missing or damaged, {_some(gone)}",
                "Nobody can sign those petitions: bring the files back from the keys' backup "
                "(docs/operations.md, “When a key is lost”).",
            )
        else:
            yield ok(f"petitions’ keys to {act}: all {len(names)} are here")


def files() -> Iterator[Finding]:
    """Whether nobody else may read a key, and whether something lies there that is none."""
    folder = Path(settings.KEYS_DIR)
    here = {str(f.relative_to(folder)): f for f in folder.rglob("*") if f.is_file()}
    secret = {name: f for name, f in here.items() if _KNOWN.fullmatch(name) and f.suffix == ".key"}
    open_to_others = sorted(name for name, f in secret.items() if f.stat().st_mode & 0o077)
    if open_to_others:
        yield fault(
            f"other users may read {len(open_to_others)} keys: {_some(open_to_others)}",
            f"chmod -R go= {folder}",
        )
    unknown = sorted(name for name in here if not _KNOWN.fullmatch(name))
    if unknown:
        yield warn(
            f"KEYS_DIR has {len(unknown)} files that are no key of the site: {_some(unknown)}",
            "If one is the private key, move it off this server now; what else is there, remove.",
        )
    elif not open_to_others:
        yield ok(f"KEYS_DIR has {len(here)} keys and nothing else")


def private_key(folders: Iterable[Path]) -> Finding:
    """Whether the key that opens all signatures lies where a thief of this server would find it."""
    publics = {file.read_bytes() for file in (Path(settings.KEYS_DIR) / "sealing").glob("*.public")}
    found = sorted({str(f) for f in _small_files(folders) if _public_of(f) in publics})
    if not found:
        return ok("the private key is not where it was looked for")
    say = warn if settings.DEMO else fault
    return say(
        f"the private key is on this server: {_some(found)}",
        "Copy it to two sticks on another machine, check the copies, then: shred -u <the file>",
    )


def _where_it_may_lie() -> list[Path]:
    folders = [Path(settings.DATA_DIR), Path("/dev/shm"), Path.cwd(), Path("/tmp")]  # noqa: S108
    if home := os.environ.get("HOME"):
        folders.append(Path(home))
    keys = Path(settings.KEYS_DIR)
    return [*folders, keys, *(f for f in keys.rglob("*") if f.is_dir())]


def _small_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            yield from (f for f in folder.iterdir() if f.is_file() and not f.is_symlink())
        except OSError:
            continue  # what we can't read, the site's thief can't either


def _public_of(file: Path) -> bytes | None:
    try:
        if file.stat().st_size != KEY_BYTES:
            return None
        return PrivateKey(file.read_bytes()).public_key.encode()
    except OSError:
        return None


def _is_whole(file: Path) -> bool:
    try:
        return file.stat().st_size == KEY_BYTES and os.access(file, os.R_OK)
    except OSError:
        return False


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED_COUNT} more" if len(names) > NAMED_COUNT else ""
    return ", ".join(names[:NAMED_COUNT]) + more
