"""Photographs on the desk: uploaded, quarantined, cleared, shown, exchanged, taken down."""

import re
import stat
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from petitions.models import StaffAct
from stories import clearing, originals, pictures
from stories.models import Photo
from tests.factories import make_defender, make_photo, make_story
from tests.stories.desk import complaints, fill, save
from tests.stories.fixtures.make import HEBREW, SECRETS
from tests.stories.uploads import (
    encoded,
    jpeg_with_everything,
    picture,
    received_photo,
    stored_photo,
)

pytestmark = pytest.mark.django_db
SECRET = "Mira-Novak-52.5200N"
ADD = "/admin/stories/photo/add/"
FIXTURES = Path(__file__).parent / "fixtures"
TOLD = FIXTURES / "told.jpg"
HEBREW_PHOTO = FIXTURES / "hebrew.jpg"


@pytest.fixture
def other_desk(django_user_model):
    """The admin, with Ana logged in."""
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("ana", password="a-pass-phrase"))
    return client


def fetched(address: str, client: Client | None = None) -> bytes | None:
    """A picture as a browser gets it; None where there is none."""
    response = (client or Client()).get(address)
    content = b"".join(response) if response.streaming else response.content
    return content if response.status_code == 200 else None


def uploaded(content: bytes, name: str = "IMG_2041.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def add(desk: Client, content: bytes, name: str = "IMG_2041.jpg", **words: object) -> Photo:
    """Upload a photo, and let the worker do what it may."""
    words = {"alt": "A kitchen.", "credit": "Photo: A friend"} | words
    save(desk, ADD, image=uploaded(content, name), **words)
    make_files()
    return Photo.objects.get()


def make_files() -> None:
    while pictures.render_next():
        pass


def change(photo: Photo) -> str:
    return f"/admin/stories/photo/{photo.pk}/change/"


def clear(desk: Client, photo: Photo):
    """Open the page of the clearing, and press the button if there is one."""
    address = f"/admin/stories/photo/{photo.pk}/clear/"
    seen = re.search(r'name="seen" value="(\w+)"', desk.get(address).content.decode())
    return desk.post(address, {"seen": seen[1] if seen else photo.stem})


# --- What never gets out --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["told.jpg", "told.png", "told.webp", "told.tif"])
def test_of_all_that_a_file_tells_nothing_is_public_after_publication(
    desk, client, settings, tmp_path, name
):
    settings.MEDIA_ROOT = tmp_path
    photo = add(desk, (FIXTURES / name).read_bytes(), "mira-novak-at-home.jpg")
    story = make_story(photo=photo)
    defender = make_defender(photo=photo)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 3
    public = {str(file): file.read_bytes() + file.name.encode() for file in files}
    reader = Client()
    for address in ("/", "/stories/", "/defenders/", story.get_absolute_url(),
                    defender.get_absolute_url()):  # fmt: skip
        public[address] = reader.get(address).content
        assert photo.stem.encode() in public[address]
    for leak in (
        "LEAK-",
        "mira",
        "IMG_2041",
        "IN-THUMBNAIL",
        *SECRETS.values(),
        "Exif",
        "http://ns",
    ):
        for where, content in public.items():
            assert leak.encode() not in content, f"{leak} in {where}"


def test_an_original_is_private_and_has_no_address(desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    photo = add(desk, jpeg_with_everything(SECRET), "mira-novak.jpg")
    path = Path(photo.original.path)
    assert SECRET.encode() in photo.original.open().read()
    assert SECRET.encode() not in path.read_bytes()
    assert tmp_path not in path.parents
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert re.fullmatch("[0-9a-f]{32}", path.name)
    with pytest.raises(ValueError, match="no address"):
        originals.private().url(photo.original.name)
    for address in (f"/media/{path.name}", f"/media/photos/{path.name}", f"/originals/{path.name}",
                    f"/media/../originals/{path.name}"):  # fmt: skip
        assert fetched(address) is None


def test_the_preview_is_for_editors_only(desk):
    photo = received_photo(TOLD.read_bytes())
    address = f"/admin/stories/photo/{photo.pk}/preview/"
    assert fetched(address) is None
    seen = fetched(address, desk)
    assert seen.startswith(b"\xff\xd8")
    assert b"LEAK" not in seen


@pytest.mark.parametrize(
    ("name", "content"),
    [("words.jpg", b"Dear editors"), ("drawing.svg", b"<svg><script>alert(1)</script></svg>"),
     ("drawing.png", b"<svg><script>alert(1)</script></svg>"), ("moving.gif", None)]
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_a_sentence(desk, name, content):
    content = content or encoded(picture(), "GIF")
    response = fill(desk, ADD, image=uploaded(content, name), alt="A.", credit="Us")
    assert response.status_code == 200
    assert complaints(response)
    assert not Photo.objects.exists()


def test_what_is_refused_for_its_words_leaves_no_file(desk):
    before = set(Path(originals.private().location).glob("*"))
    fill(desk, ADD, image=uploaded(encoded(picture())), alt="", credit="Us")
    assert set(Path(originals.private().location).glob("*")) == before


# --- Quarantined and cleared ----------------------------------------------------------------------


def test_a_photo_with_nothing_suspicious_needs_nobody_else(desk):
    photo = add(desk, encoded(picture()))
    assert (photo.state, photo.uploaded_by) == ("open", "tomas")
    assert fetched(photo.url(640))


def test_the_seed_s_photo_waits_is_understood_and_is_refused_as_illustration(desk, other_desk):
    photo = add(desk, HEBREW_PHOTO.read_bytes())
    caption, restriction = HEBREW.split(" *** Local Caption *** ")
    assert photo.state == Photo.State.QUARANTINED
    assert (photo.caption_original, photo.instructions) == (caption, restriction)
    assert (photo.minors, photo.context) == ("unknown", "page")
    assert not photo.is_ready
    page = desk.get(change(photo)).content.decode()
    for words in (restriction, caption, "REF-2041", "speaks of children", "not as illustration"):
        assert words in page
    clear(other_desk, photo)
    save(desk, change(photo), minors="unrecognisable")  # what is stricter or milder is decided anew
    clear(other_desk, photo)
    photo.refresh_from_db()
    assert photo.state == Photo.State.CLEARED
    refused = fill(desk, f"/admin/stories/story/{make_story().pk}/change/", photo=photo.pk)
    assert complaints(refused) == [
        "“Not as illustration”: It stands on the page of what it shows, never beside another "
        "subject."
    ]


def test_an_agency_typed_as_the_credit_asks_for_another_editor(desk):
    assert add(desk, encoded(picture()), credit="Photo: Reuters").reasons == "agency"
    photo = Photo.objects.get()
    Photo.objects.update(state="cleared", cleared_by="ana")
    save(desk, change(photo), alt="A kitchen at night.")
    photo.refresh_from_db()
    assert photo.state == "cleared"  # what is known asks nobody twice


def test_it_takes_another_editor_to_clear(desk, other_desk):
    photo = add(desk, HEBREW_PHOTO.read_bytes())
    page = desk.get(f"/admin/stories/photo/{photo.pk}/clear/").content.decode()
    assert "another editor has to clear it" in page
    clear(desk, photo)
    photo.refresh_from_db()
    assert photo.state == Photo.State.QUARANTINED
    assert clear(other_desk, photo).status_code == 302
    line = StaffAct.objects.first()
    assert (line.act, line.about) == ("photo cleared", f"photo {photo.pk}")
    make_files()
    photo.refresh_from_db()
    assert (photo.state, photo.cleared_by) == ("cleared", "ana")
    assert photo.cleared_on
    assert fetched(photo.url(640))


def test_looking_clears_nothing(other_desk):
    photo = received_photo(HEBREW_PHOTO.read_bytes(), "tomas")
    other_desk.get(f"/admin/stories/photo/{photo.pk}/clear/")
    assert Photo.objects.get().state == Photo.State.QUARANTINED


def test_clearing_is_only_of_what_was_seen(desk, other_desk):
    photo = add(desk, HEBREW_PHOTO.read_bytes())
    seen = photo.stem
    save(desk, change(photo), image=uploaded(TOLD.read_bytes()), credit="AFP")
    assert not clearing.clear(photo, "ana", seen)
    photo.refresh_from_db()
    assert clearing.clear(photo, "ana", photo.stem)
    assert not clearing.clear(photo, "ana", photo.stem)  # twice is once


def test_who_changes_what_was_cleared_can_not_clear_it(desk, other_desk):
    photo = received_photo(HEBREW_PHOTO.read_bytes(), "mira")
    clear(other_desk, photo)
    make_files()
    photo.refresh_from_db()
    old = photo.url(640)
    assert fetched(old)
    save(desk, change(photo), minors="none")
    photo.refresh_from_db()
    assert (photo.state, photo.changed_by) == ("quarantined", "tomas")
    assert photo.url(640) != old
    clear(desk, photo)
    photo.refresh_from_db()
    assert photo.state == Photo.State.QUARANTINED
    clear(other_desk, photo)
    photo.refresh_from_db()
    assert photo.state == Photo.State.CLEARED


@pytest.mark.parametrize(
    "wish",
    [{"state": "cleared", "uploaded_by": "ana", "cleared_by": "ana"},
     {"state": "cleared", "changed_by": "ana", "cleared_by": "ana"},
     {"state": "cleared", "uploaded_by": "mira", "cleared_by": ""},
     {"state": "open", "reasons": "minors"}, {"focal_x": 101}]
)  # fmt: skip
def test_the_database_keeps_the_promise(wish):
    with pytest.raises(IntegrityError):
        make_photo(**wish)


# --- Changed and taken down -----------------------------------------------------------------------


def test_changing_the_words_of_a_photo_keeps_the_picture(desk):
    photo = stored_photo()
    save(desk, change(photo), alt="A street by day.")
    again = Photo.objects.get()
    assert again.alt == "A street by day."
    assert (again.stem, again.original, again.formats_count) == (photo.stem, photo.original, 3)


def test_what_the_worker_writes_meanwhile_is_kept(desk, monkeypatch):
    photo = received_photo(encoded(picture()))
    monkeypatch.setattr("stories.forms.PhotoForm.asks_for_clearing", lambda *_: make_files())
    save(desk, change(photo), alt="A street by day.")
    assert Photo.objects.get().formats_count == 3


def test_names_that_the_worker_took_back_meanwhile_stay_taken_back(desk, monkeypatch):
    photo = stored_photo()
    monkeypatch.setattr(
        "stories.forms.PhotoForm.asks_for_clearing", lambda *_: pictures.withdraw_files(photo) > 1
    )
    save(desk, change(photo), alt="A street by day.")
    again = Photo.objects.get()
    assert again.stem != photo.stem
    assert not again.is_ready


def test_where_a_photo_is_used_is_said_before_and_after_a_change(desk):
    photo = stored_photo()
    story = make_story(photo=photo, title="The door")
    page = desk.get(change(photo)).content.decode()
    assert "The door" in page
    assert f"/admin/stories/story/{story.pk}/change/" in page
    save(desk, change(photo), context="page")
    said = desk.get("/admin/stories/photo/").content.decode()
    assert "“The door” no longer shows it. “Not as illustration”" in said


def test_a_ring_shows_what_crops_keep(desk, client):
    photo = stored_photo(200, 100)
    save(desk, change(photo), focal_x=25, focal_y=80)
    assert '<circle cx="50" cy="80" r="10"/>' in desk.get(change(photo)).content.decode()
    make_story(photo=photo)
    assert 'class="focus-x-20 focus-y-80"' in client.get("/stories/").content.decode()


def test_a_picture_that_was_taken_down_can_no_longer_be_fetched(
    desk, django_capture_on_commit_callbacks
):
    photo = stored_photo()
    private = [Path(photo.original.path), Path(photo.preview.path)]
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"/admin/stories/photo/{photo.pk}/delete/", {"post": "yes"})
    assert not Photo.objects.exists()
    assert [fetched(photo.url(1, kind)) for kind in pictures.FORMATS] == [None] * 3
    assert not any(path.exists() for path in private)


def test_a_picture_that_was_exchanged_can_no_longer_be_fetched(
    desk, django_capture_on_commit_callbacks
):
    photo = stored_photo()
    private = [Path(photo.original.path), Path(photo.preview.path)]
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, change(photo), image=uploaded(encoded(picture(30, 30))))
    assert [fetched(photo.url(1, kind)) for kind in pictures.FORMATS] == [None] * 3
    assert not any(path.exists() for path in private)
    make_files()
    again = Photo.objects.get()
    assert (again.width, again.uploaded_by) == (30, "tomas")
    assert fetched(again.url(1))


def test_pictures_that_were_taken_down_together_are_all_gone(
    desk, django_capture_on_commit_callbacks
):
    photos = [stored_photo(), stored_photo()]
    chosen = {
        "action": "delete_selected",
        "_selected_action": [photo.pk for photo in photos],
        "post": "yes",
    }
    with django_capture_on_commit_callbacks(execute=True):
        desk.post("/admin/stories/photo/", chosen)
    assert not Photo.objects.exists()
    assert [fetched(photo.url(1)) for photo in photos] == [None, None]


def test_the_list_of_photos_says_in_words_what_is_to_be_known_of_each(desk):
    photo = stored_photo(
        minors="unknown", context="page", is_graphic=True, licence_until=date(2099, 5, 3)
    )
    make_story(photo=photo)
    make_defender(photo=photo)
    page = desk.get("/admin/stories/photo/").content.decode()
    assert f"/admin/stories/photo/{photo.pk}/preview/" in page
    for words in ("Minors: not known", "Not as illustration", "Graphic: covered",
                  "used in 2 places", "Licence until 3 May 2099", "Drawing: Us"):  # fmt: skip
        assert words in page


@pytest.mark.parametrize(
    ("wish", "words"),
    [({"state": "quarantined", "reasons": "agency"}, "Not cleared yet"),
     ({"licence_until": date(2020, 5, 3)}, "Licence ended on 3 May 2020"),
     ({"consent_withdrawn_on": date(2020, 5, 3)}, "Consent withdrawn"),
     ({"minors": "identifiable"}, "Minors: can be recognised"),
     ({"context": "subject"}, "Only its own subject"), ({"formats_count": 0}, "are being made"),
     ({"formats_count": 0, "tries_count": 9}, "could not be made")]
)  # fmt: skip
def test_the_list_says_why_a_photo_is_not_shown(desk, wish, words):
    make_photo(**wish)
    assert words in desk.get("/admin/stories/photo/").content.decode()


def test_the_list_asks_no_more_for_many_photos_than_for_few(desk, django_assert_max_num_queries):
    def asked() -> int:
        for _ in range(3):
            make_story(photo=make_photo())
        with django_assert_max_num_queries(40) as questions:
            desk.get("/admin/stories/photo/")
        return len(questions)

    assert asked() == asked()


def test_the_form_says_for_each_place_whether_and_by_which_rule(desk):
    photo = stored_photo(minors="identifiable")
    page = desk.get(change(photo)).content.decode()
    assert "On a card in a list" in page
    assert page.count("<strong>No.</strong> “Identifiable minors”") == 4
    Photo.objects.update(licence_until=date(2020, 1, 1))
    page = desk.get(change(photo)).content.decode()
    assert "<strong>Nowhere.</strong> “Licence ended”" in page


def test_who_clears_reads_where_it_will_stand_then(desk, other_desk):
    photo = add(desk, HEBREW_PHOTO.read_bytes())
    page = other_desk.get(f"/admin/stories/photo/{photo.pk}/clear/").content.decode()
    assert "Where it may stand once it is cleared" in page
    assert page.count("<strong>No.</strong> “Identifiable minors”") == 4
    assert "Not cleared yet" not in page


def test_a_photo_that_a_story_shows_can_not_be_deleted(desk, django_capture_on_commit_callbacks):
    photo = stored_photo()
    make_story(photo=photo)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"/admin/stories/photo/{photo.pk}/delete/", {"post": "yes"})
    assert Photo.objects.get() == photo
    assert fetched(photo.url(1))
