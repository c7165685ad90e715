"""A backup is proven by restoring it: all is destroyed, all is there again, no key was in it."""

import base64
import io
import json
import os
import re
import shutil
import tarfile
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from advocacy import backup, database_copy, restore
from petitions import counting, sealing, signing
from petitions.models import LedgerEntry, Letter, Petition, Signature, StaffAct, Tally
from stories import generation, originals, search, withdrawal
from stories.models import Photo, Story, Withdrawal
from tests.advocacy import programs
from tests.factories import (
    confirm,
    everything_stored,
    make_petition,
    make_signature,
    make_story,
    signature_of,
    token_for,
)
from tests.stories.uploads import stored_photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    """A site with files of its own, and its own copies of the keys."""
    kept = Path(settings.KEYS_DIR)
    settings.KEYS_DIR = tmp_path / "keys"
    (tmp_path / "keys" / "sealing").mkdir(parents=True)
    for name in ["server.key", *(f"sealing/{i.name}" for i in (kept / "sealing").iterdir())]:
        (tmp_path / "keys" / name).write_bytes((kept / name).read_bytes())
    settings.MEDIA_ROOT = tmp_path / "media"
    shutil.rmtree(originals.private().location, ignore_errors=True)  # of other tests
    sealing.forget_cached_keys()
    yield tmp_path
    sealing.forget_cached_keys()


@pytest.fixture
def file(place) -> Path:
    """Where the backup goes."""
    (place / "elsewhere").mkdir()
    return place / "elsewhere" / "backup.tar.gz"


def run(*arguments: object) -> str:
    """A command's one sentence."""
    output = StringIO()
    call_command(*map(str, arguments), stdout=output, stderr=StringIO())
    return output.getvalue()


def destroy_all() -> None:
    """As after a fire: no row, no file."""
    for model in (Letter, Signature, Tally, LedgerEntry, Petition, Story, Photo):
        model.objects.all().delete()
    for folder in backup.folders().values():
        for path in backup.files(folder):
            path.unlink()


def all_files() -> dict[str, bytes]:
    """What is in the folders that belong to a backup."""
    return {
        f"{name}/{path.relative_to(folder)}": path.read_bytes()
        for name, folder in backup.folders().items()
        for path in backup.files(folder)
    }


def members_of(file: Path) -> dict[str, bytes]:
    """All that is in an archive, by name."""
    with tarfile.open(file) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive.getmembers()}


def write_archive(file: Path, members: dict[str, bytes]) -> None:
    """An archive as somebody else might write it."""
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def test_all_that_was_destroyed_is_there_again_and_a_pending_signer_can_still_confirm(file, client):
    petition = make_petition()
    for number in range(3):
        confirm(make_signature(petition, f"signer{number}@example.org"))
    counting.count_all()
    token = token_for(make_signature(petition, "late@example.org"))
    story = make_story(photo=stored_photo())
    rows, files = everything_stored(), all_files()
    assert {name.split("/")[0] for name in files} == {"media", "originals"}
    assert "Written: " in run("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
    destroy_all()
    assert run("restore", file).startswith("Restored: ")

    assert everything_stored() == rows
    assert all_files() == files
    assert Story.objects.get().photo == story.photo
    with originals.private().open(story.photo.original.name) as original:
        assert original.read().startswith(b"\xff\xd8")
    assert counting.differences() == [(petition.slug, 3, 3, 3, 3)]
    assert signing.confirm_by_link(token) is signing.Confirmation.COUNTED
    assert search.index_all()  # its tables and triggers are back, too
    counting.count_all()
    assert counting.differences() == [(petition.slug, 4, 4, 4, 4)]
    assert client.get(story.get_absolute_url()).status_code == 200
    for folder in backup.folders().values():
        assert not list(folder.parent.glob(".restore-*"))


def test_no_key_and_no_session_is_in_it(file, settings):
    petition = make_petition()
    confirm(make_signature(petition))
    make_story(photo=stored_photo())
    Session.objects.create(
        session_key="s3ss10n-k3y", session_data="x" * 40, expire_date="2099-01-01T00:00Z"
    )
    run("backup", file)
    keys = [path.read_bytes() for path in settings.KEYS_DIR.rglob("*") if path.is_file()]
    assert len(keys) >= 3
    members = members_of(file)
    assert petition.slug.encode() in members[backup.DATABASE]  # readable, so a key would be, too
    contents = [file.read_bytes(), *members.values()]
    for key in keys:
        for form in (key, key.hex().encode(), base64.b64encode(key)[:40]):
            assert not any(form in content for content in contents)
    assert not any(b"s3ss10n-k3y" in content for content in contents)
    manifest = json.loads(members[backup.MANIFEST])
    assert manifest["keys"]["sealing"] == [petition.sealing_key_id]
    assert manifest["keys"]["petitions"] == {petition.duplicate_key_id: ""}


@pytest.fixture
def empty_database(place, is_postgres):
    """The address of a database without any table."""
    if not is_postgres:
        yield f"sqlite:///{place}/new/advocacy.sqlite3"
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE restored_anew")
        yield urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path="/restored_anew").geturl()
        cursor.execute("DROP DATABASE restored_anew")


def test_a_new_machine_gets_all_of_it_and_one_sentence_on_the_output(place, file, empty_database):
    petition = make_petition()
    confirm(make_signature(petition))
    counting.count_all()
    make_story(photo=stored_photo())
    files = all_files()
    run("backup", file)
    (place / "new").mkdir()
    site = {**programs.PRODUCTION, "DATABASE_URL": empty_database, "DATA_DIR": place / "new"}
    site["KEYS_DIR"] = place / "keys"
    done = programs.run("manage.py", "restore", file, **site)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"Restored: all that was here at \S+\.\n", done.stdout)
    assert "manage.py withdrawals import" in done.stderr
    for name, content in files.items():
        assert (place / "new" / name).read_bytes() == content
    again = programs.run("manage.py", "restore", file, **site)
    assert again.returncode == 1
    assert programs.last_line(again).endswith("--replace")
    recount = programs.run("manage.py", "recount", **site)
    assert f"{petition.slug}: tally 1, counted 1, ledger 1, confirmed 1" in recount.stdout


@pytest.mark.parametrize("harm", ["cut off", "one byte", "other content"])
def test_a_damaged_file_is_refused_before_anything_is_touched(file, harm):
    petition = make_petition()
    stored_photo()
    run("backup", file)
    if harm == "other content":
        members = members_of(file)
        name = next(name for name in members if name.startswith("media/"))
        write_archive(file, members | {name: members[name][:-1] + b"?"})
    else:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content if harm == "one byte" else content[: len(content) // 2])
    Petition.objects.update(title="As it is now")
    files = all_files()
    for command in (["backup", "--check"], ["restore", "--replace"]):
        with pytest.raises(CommandError, match="damaged|cut off"):
            run(*command, file)
    assert Petition.objects.get(pk=petition.pk).title == "As it is now"
    assert all_files() == files


@pytest.mark.parametrize(
    "name", ["media/../../escaped", "../escaped", "/tmp/escaped", "keys/server.key", "media"]
)
def test_what_would_leave_its_folder_is_refused(file, name):
    run("backup", file)
    write_archive(file, {name: b"harm"} | members_of(file))
    with pytest.raises(CommandError, match="does not belong"):
        run("restore", "--replace", file)
    assert not (file.parent.parent / "escaped").exists()


def test_a_file_that_was_exchanged_after_the_look_at_it_is_refused_too(file, monkeypatch):
    run("backup", file)
    manifest, members, files = backup.check(file), members_of(file), all_files()
    write_archive(file, {"media/../../escaped": b"harm"} | members)
    monkeypatch.setattr(backup, "check", lambda _file: manifest)
    with pytest.raises(CommandError, match="does not belong"):
        run("restore", "--replace", file)
    assert not (file.parent.parent / "escaped").exists()
    assert all_files() == files


def test_a_link_is_refused(file):
    with tarfile.open(file, "w:gz") as archive:
        link = tarfile.TarInfo("media/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(CommandError, match="does not belong"):
        run("restore", file)


def test_content_is_replaced_only_when_that_is_said(file):
    make_petition(title="In the backup")
    run("backup", file)
    Petition.objects.update(title="As it is now")
    with pytest.raises(CommandError, match="--replace"):
        run("restore", file)
    assert Petition.objects.get().title == "As it is now"
    before = generation.current()
    run("restore", "--replace", file)
    assert Petition.objects.get().title == "In the backup"
    assert generation.current() != before


def test_pictures_without_rows_are_not_lost_in_silence_either(file):
    run("backup", file)
    default_storage.save("photos/only.webp", io.BytesIO(b"picture"))
    with pytest.raises(CommandError, match="--replace"):
        run("restore", file)


def test_a_missing_key_is_named_and_passed_over_only_when_that_is_said(file, settings):
    petition = make_petition()
    run("backup", file)
    (settings.KEYS_DIR / "petitions" / f"{petition.duplicate_key_id}.key").unlink()
    said = StringIO()
    with pytest.raises(CommandError, match="--without-keys"):
        call_command("restore", str(file), "--replace", stderr=said)
    assert f"petitions/{petition.duplicate_key_id}.key" in said.getvalue()
    run("restore", "--replace", "--without-keys", file)
    assert Petition.objects.get() == petition


def test_another_server_key_is_noticed(file, settings):
    run("backup", file)
    (settings.KEYS_DIR / "server.key").write_bytes(bytes(32))
    with pytest.raises(CommandError, match="--without-keys"):
        run("restore", "--replace", file)


def test_what_was_destroyed_since_is_destroyed_again(file):
    petition = make_petition(closes_at=timezone.now() + timedelta(days=1), retention_days=30)
    confirm(make_signature(petition))
    Petition.objects.update(closes_at=timezone.now() - timedelta(days=40))
    run("backup", file)
    sealing.destroy_duplicate_key(petition.duplicate_key_id)
    run("restore", "--replace", file)
    assert not Signature.objects.exists()
    assert Petition.objects.get().destruction.counted_count == 1
    assert StaffAct.objects.filter(act="records destroyed").exists()


def test_a_key_that_is_here_is_left_to_the_worker(file):
    petition = make_petition(closes_at=timezone.now() + timedelta(days=1), retention_days=30)
    confirm(make_signature(petition))
    Petition.objects.update(closes_at=timezone.now() - timedelta(days=40))
    run("backup", file)
    run("restore", "--replace", file)
    assert Signature.objects.exists()
    assert sealing.has_duplicate_key(petition.duplicate_key_id)


def test_what_was_withdrawn_since_is_withdrawn_again(file):
    story = make_story(title="About Zoe", photo=stored_photo())
    run("backup", file)
    withdrawal.withdraw(story, Withdrawal.Reason.choices[0][0], "tomas")
    withdrawn = run("withdrawals", "export")
    run("restore", "--replace", file)  # what the old database knew is enough
    assert not Story.objects.exists()
    assert not any(name.startswith("originals/") for name in all_files())

    assert not restore._kept_list().exists()

    # On a new machine the list has to be given.
    Withdrawal.objects.all().delete()
    run("restore", "--replace", file)
    assert Story.objects.exists()
    kept = file.with_name("withdrawals")
    kept.write_text(withdrawn)
    Withdrawal.objects.all().delete()
    run("restore", "--replace", "--withdrawals", kept, file)
    assert not Story.objects.exists()
    kept.write_text("no list")
    with pytest.raises(CommandError, match="can't be read"):
        run("restore", "--replace", "--withdrawals", kept, file)


def test_a_restoring_that_is_killed_midway_loses_no_withdrawal(file, monkeypatch):
    story = make_story()
    run("backup", file)
    withdrawal.withdraw(story, Withdrawal.Reason.choices[0][0], "tomas")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(restore, "_skip_numbers", _interrupt)
        run("restore", "--replace", file)
    assert Story.objects.exists()
    run("restore", "--replace", file)
    assert not Story.objects.exists()


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.postgres
def test_whoever_uses_the_database_is_not_waited_for_without_end(file, monkeypatch):
    petition = make_petition()
    run("backup", file)
    monkeypatch.setattr(database_copy, "_EMPTY", database_copy._EMPTY.replace("20s", "200ms"))
    other = connection.copy()
    with closing(other):
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT * FROM petitions_petition")
        with pytest.raises(CommandError, match="somebody still uses"):
            run("restore", "--replace", file)
    assert Petition.objects.get() == petition


def test_no_new_signature_gets_the_number_of_one_that_is_lost(file):
    petition = make_petition()
    first = make_signature(petition)
    run("backup", file)
    run("restore", "--replace", file)
    make_signature(petition, "new@example.org")
    assert signature_of(petition, "new@example.org").pk > first.pk + restore.SKIPPED_COUNT


def test_a_backup_of_newer_code_is_refused_and_one_of_another_database(file):
    run("backup", file)
    members = members_of(file)
    for key, value in (("migrations", ["stories.9999_tomorrow"]), ("database", "oracle")):
        manifest = json.loads(members[backup.MANIFEST]) | {key: value}
        write_archive(file, members | {backup.MANIFEST: json.dumps(manifest).encode()})
        with pytest.raises(CommandError, match="newer than the code|of oracle"):
            run("restore", "--replace", file)


def test_an_older_backup_is_brought_up_to_date(file):
    call_command("migrate", "admin", "0002", verbosity=0)
    run("backup", file)
    call_command("migrate", verbosity=0)
    run("restore", "--replace", file)
    assert ("admin", "0003_logentry_add_action_flag_choices") in MigrationRecorder(
        connection
    ).applied_migrations()


def test_tables_that_came_later_are_not_in_the_way(file):
    run("backup", file)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id integer REFERENCES stories_story (id))")
    run("restore", "--replace", file)
    assert "later" not in connection.introspection.table_names()


def test_a_database_that_can_not_be_read_back_leaves_the_one_that_is_here(place):
    make_petition()
    (place / "rubbish").write_bytes(b"PGDMP is how it begins" * 99)
    with pytest.raises(database_copy.NotCopied):
        database_copy.load(place / "rubbish")
    assert Petition.objects.exists()


@pytest.mark.parametrize("folder", ["media", "originals", "keys", "nowhere"])
def test_a_backup_is_not_put_among_pictures_or_keys_nor_over_another(place, file, folder):
    places = {"keys": place / "keys", "nowhere": place / "nowhere"} | backup.folders()
    for name in ("media", "originals"):
        places[name].mkdir(exist_ok=True)
    with pytest.raises(CommandError):
        run("backup", places[folder] / "backup.tar.gz")
    file.touch()
    with pytest.raises(CommandError, match="is there already"):
        run("backup", file)


def test_an_original_that_is_not_locked_is_in_no_backup(file):
    folder = backup.folders()["originals"]
    folder.mkdir(exist_ok=True)
    (folder / "plain").write_bytes(b"\xff\xd8 a place and a face")
    with pytest.raises(CommandError, match="not locked"):
        run("backup", file)
    assert not file.exists()
