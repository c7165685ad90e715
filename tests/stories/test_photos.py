"""Photographs on the desk: uploaded, shown, exchanged, taken down."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stories.models import Photo
from tests.factories import make_story
from tests.stories.desk import complaints, fill, save
from tests.stories.uploads import encoded, jpeg_with_everything, picture, stored_photo

pytestmark = pytest.mark.django_db
SECRET = "Mira-Novak-52.5200N"


def fetched(address: str) -> bytes | None:
    """A picture as a browser gets it; None where there is none."""
    response = Client().get(address)
    content = response.getvalue()
    return content if response.status_code == 200 else None


def uploaded(content: bytes, name: str = "IMG_2041.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def test_a_photo_whose_stored_files_tell_nothing(desk):
    content = jpeg_with_everything(SECRET, picture(1600, 800))
    save(
        desk,
        "/admin/stories/photo/add/",
        image=uploaded(content, "mira-novak-at-home.jpg"),
        alt="A kitchen.",
        credit="Photo: A friend",
    )
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (1280, 640)
    for file, width in ((photo.small, 640), (photo.image, 1280)):
        assert file.name.endswith(f"-{width}.webp")
        assert "mira" not in file.name
        served = fetched(file.url)
        assert served
        assert SECRET.encode() not in served


def test_the_original_of_a_photo_is_nowhere(desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    content = jpeg_with_everything(SECRET)
    save(desk, "/admin/stories/photo/add/", image=uploaded(content), alt="A.", credit="Us")
    stored = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(stored) == 2
    assert not any(SECRET.encode() in file.read_bytes() for file in stored)


@pytest.mark.parametrize(
    ("name", "content"),
    [("words.jpg", b"Dear editors"), ("drawing.svg", b"<svg><script>alert(1)</script></svg>"),
     ("drawing.png", b"<svg><script>alert(1)</script></svg>"), ("moving.gif", None)]
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_a_sentence(desk, name, content):
    content = content or encoded(picture(), "GIF")
    response = fill(
        desk, "/admin/stories/photo/add/", image=uploaded(content, name), alt="A.", credit="Us"
    )
    assert response.status_code == 200
    assert complaints(response)
    assert not Photo.objects.exists()


def test_changing_the_words_of_a_photo_keeps_the_picture(desk):
    photo = stored_photo()
    save(desk, f"/admin/stories/photo/{photo.pk}/change/", alt="A street by day.")
    again = Photo.objects.get()
    assert again.alt == "A street by day."
    assert (again.image, again.small, again.width) == (photo.image, photo.small, photo.width)


def test_a_picture_that_was_taken_down_can_no_longer_be_fetched(
    desk, django_capture_on_commit_callbacks
):
    photo = stored_photo()
    addresses = [photo.image.url, photo.small.url]
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"/admin/stories/photo/{photo.pk}/delete/", {"post": "yes"})
    assert not Photo.objects.exists()
    assert [fetched(address) for address in addresses] == [None, None]


def test_a_picture_that_was_exchanged_can_no_longer_be_fetched(
    desk, django_capture_on_commit_callbacks
):
    photo = stored_photo()
    addresses = [photo.image.url, photo.small.url]
    change = f"/admin/stories/photo/{photo.pk}/change/"
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, change, image=uploaded(encoded(picture(30, 30))))
    assert [fetched(address) for address in addresses] == [None, None]


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
    assert [fetched(photo.image.url) for photo in photos] == [None, None]


def test_the_list_of_photos_shows_them(desk):
    photo = stored_photo()
    assert photo.small.url in desk.get("/admin/stories/photo/").content.decode()


def test_a_photo_that_a_story_shows_can_not_be_deleted(desk, django_capture_on_commit_callbacks):
    photo = stored_photo()
    make_story(photo=photo)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"/admin/stories/photo/{photo.pk}/delete/", {"post": "yes"})
    assert Photo.objects.get() == photo
    assert fetched(photo.image.url)
