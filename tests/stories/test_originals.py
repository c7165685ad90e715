"""Originals on the disk: locked from the first byte on, and nothing is lost without the key."""

import io
import secrets
import tempfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from petitions import sealing
from stories import locking, originals, pictures
from stories.models import Photo
from tests.factories import make_petition
from tests.stories.desk import complaints, fill, save
from tests.stories.uploads import (
    encoded,
    jpeg_with_everything,
    picture,
    received_photo,
    stored_files,
)

pytestmark = pytest.mark.django_db
SECRET = "Mira-Novak-52.5200N"
ADD = "/admin/stories/photo/add/"


@pytest.fixture(autouse=True)
def store(monkeypatch, tmp_path):
    """The store, with a folder of its own for each test."""
    store = originals.private()
    monkeypatch.setitem(vars(store), "location", str(tmp_path / "originals"))
    return store


@pytest.fixture
def another_key(settings, tmp_path, monkeypatch):
    """A server whose key was lost and made anew."""

    def lose(is_made_anew: bool) -> None:
        settings.KEYS_DIR = tmp_path / "keys"
        sealing.forget_cached_keys()
        if is_made_anew:
            sealing.make_server_key()

    kept = settings.KEYS_DIR
    yield lose
    settings.KEYS_DIR = kept
    sealing.forget_cached_keys()


def on_disk(store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(store.location).iterdir()}


def plain(photo: Photo, store) -> tuple[str, bytes]:
    """Put its original on the disk as it was before there were locks."""
    content = photo.original.open().read()
    Path(store.path(photo.original.name)).write_bytes(content)
    return photo.original.name, content


def test_the_disk_never_holds_what_was_uploaded_and_the_site_reads_it(store):
    content = jpeg_with_everything(SECRET)
    photo = received_photo(content)
    assert photo.original.open().read() == content
    assert photo.original.size == len(content)
    assert len(on_disk(store)) == 2
    for locked in on_disk(store).values():
        assert locked.startswith(locking.MARK)
        assert SECRET.encode() not in locked
        assert b"JFIF" not in locked
        assert b"\xff\xd8\xff" not in locked[:100]


def test_a_large_upload_is_never_written_to_a_temporary_file(desk, store, monkeypatch):
    for name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, lambda *_, **__: pytest.fail("written to a disk"))
    content = jpeg_with_everything(SECRET) + secrets.token_bytes(6_000_000)
    save(desk, ADD, image=SimpleUploadedFile("a.jpg", content), alt="A.", credit="Us")
    assert Photo.objects.get().original.open().read() == content


def test_an_upload_that_is_too_large_gets_its_sentence_and_no_more_room(desk, settings):
    content = encoded(picture()) + bytes(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)
    answer = fill(desk, ADD, image=SimpleUploadedFile("a.jpg", content), alt="A.", credit="Us")
    assert "larger than 20 MB" in complaints(answer)[0]
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE == pictures.MAX_UPLOAD_BYTES


def test_files_that_come_with_a_public_form_are_dropped(monkeypatch):
    kept = []
    monkeypatch.setattr(originals.UploadInMemory, "receive_data_chunk", lambda *a: kept.append(a))
    address = f"{make_petition().get_absolute_url()}sign/"
    Client().post(address, {"name": "Mira", "file": io.BytesIO(b"x" * 100)})
    assert kept == []


def test_what_was_uploaded_before_there_were_locks_is_read_and_then_locked_once(store):
    name, content = plain(received_photo(jpeg_with_everything(SECRET)), store)
    photo = Photo.objects.get()
    assert photo.original.open().read() == content
    assert photo.original.size == len(content)
    assert store.plain_names() == [name]
    assert [pictures.lock_originals(), pictures.lock_originals()] == [1, 0]
    assert photo.original.open().read() == content
    assert SECRET.encode() not in b"".join(on_disk(store).values())
    assert Path(store.path(name)).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("act", ["write", "replace"])
def test_a_worker_that_is_killed_while_it_locks_loses_nothing(store, monkeypatch, act):
    name, content = plain(received_photo(jpeg_with_everything(SECRET)), store)
    with monkeypatch.context() as killed:
        if act == "write":
            killed.setattr(originals.os, "fsync", lambda _: 1 / 0)
        else:
            killed.setattr(Path, "replace", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pictures.lock_originals()
    assert store.open(name).read() == content
    for file, left in on_disk(store).items():
        assert file == name or SECRET.encode() not in left
    assert pictures.lock_originals() == 1
    assert store.open(name).read() == content
    assert set(on_disk(store)) == {name, Photo.objects.get().preview.name}


def test_a_file_that_is_deleted_while_it_is_to_be_locked_stays_deleted(store, monkeypatch):
    name, _ = plain(received_photo(encoded(picture())), store)
    monkeypatch.setattr(type(store), "plain_names", lambda _: [name])
    store.delete(name)
    assert pictures.lock_originals() == 0
    assert not store.exists(name)


@pytest.mark.parametrize("is_made_anew", [False, True])
def test_without_its_key_nothing_is_made_nothing_is_lost_and_it_goes_on_with_the_key(
    store, settings, another_key, is_made_anew
):
    keys = settings.KEYS_DIR
    photo = received_photo(encoded(picture()))
    before = on_disk(store)
    another_key(is_made_anew)
    for _ in range(2 * pictures.MAX_TRIES):
        assert pictures.render_next() == 1
        Photo.objects.update(leased_until=None)
    with pytest.raises(locking.Locked):
        photo.original.open()
    assert stored_files(photo) == {}
    assert on_disk(store) == before
    settings.KEYS_DIR = keys
    while pictures.render_next():
        pass
    assert len(stored_files(Photo.objects.get())) == 3


def test_without_a_key_an_upload_is_refused_with_a_sentence(desk, store, another_key):
    another_key(False)
    image = SimpleUploadedFile("a.jpg", encoded(picture()))
    answer = fill(desk, ADD, image=image, alt="A.", credit="Us")
    assert "The key that locks uploaded photos can’t be read" in complaints(answer)[0]
    assert not Photo.objects.exists()
    assert not Path(store.location).exists()


def test_without_a_key_nothing_is_stored_in_plain_instead(store, another_key):
    another_key(False)
    with pytest.raises(locking.Locked):
        store.save("a", ContentFile(b"plain"))
    assert not store.exists("a")


def test_a_preview_without_its_key_is_not_there(desk, another_key):
    photo = received_photo(encoded(picture()))
    another_key(True)
    assert desk.get(f"/admin/stories/photo/{photo.pk}/preview/").status_code == 404


def test_a_locked_file_that_was_changed_is_not_read(store):
    photo = received_photo(encoded(picture()))
    path = Path(photo.original.path)
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with pytest.raises(locking.Locked):
        photo.original.open()
    path.write_bytes(locking.MARK + b"short")
    with pytest.raises(locking.Locked):
        photo.original.open()


def test_iphones_photos_are_refused_with_the_way_to_send_them():
    heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500)
    with pytest.raises(ValidationError, match="export it as JPEG"):
        pictures.look(ContentFile(heic, name="IMG_2041.HEIC"))
