"""A name that must never be published is refused wherever somebody types it."""

import io

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from petitions.models import StaffAct
from stories import locking, nameguard
from stories.forms import GuardedForm
from stories.models import GuardedName, Photo, Story
from tests.factories import make_defender, make_petition, make_story, make_update
from tests.petitions.test_canary import Person, everything_in_tables, found
from tests.stories.desk import complaints, fill, save
from tests.stories.uploads import encoded, picture, upload

pytestmark = pytest.mark.django_db
LIST = "/admin/stories/guardedname/"
# No text of a person whom we write about, or of their own list.
UNGUARDED = {"Block", "User", "Group", "StaffAct", "Withdrawal"}


@pytest.fixture
def number() -> int:
    """Jane’s number on the list."""
    return nameguard.guard("Jané Doe", "case 12").pk


def refused(response, number: int) -> bool:
    """Whether a form said so, and did not repeat the name."""
    assert response.status_code == 200
    errors = complaints(response)
    assert "Doe" not in " ".join(errors)
    return any(f"№ {number})" in error for error in errors)


@pytest.mark.parametrize(
    ("field", "text"),
    [("title", "The night of Jane Doe"), ("slug", "jane-doe"), ("summary", "DOE, Jane"),
     ("body", "<p>And J<em>an</em>e Doe</p>"), ("kicker", "Jane Doe"),
     ("byline", "jane doe"), ("content_note", "Jane Doe")]
)  # fmt: skip
def test_a_story_does_not_name_jane(desk, number, field, text):
    story = make_story()
    response = fill(desk, f"/admin/stories/story/{story.pk}/change/", **{field: text})
    assert refused(response, number)
    story.refresh_from_db()
    assert getattr(story, field) != text


@pytest.mark.parametrize(
    ("inline", "given"),
    [("quotes", {"text": "No.", "speaker": "Jane Doe", "source_name": "N"}),
     ("sources", {"title": "JaneDoe", "publisher": "P", "published": "2021"}),
     ("incidents", {"happened_on": "2026-01-02", "text": "Jane Doe was taken."}),
     ("incidents", {"happened_on": "2026-01-02", "text": "Taken.", "place": "Jane Doe’s valley"}),
     ("updates", {"title": "Heard", "text": "<p>J<em>an</em>e Doe was heard.</p>"}),
     ("updates", {"title": "Jane Doe was heard", "text": "<p>In court.</p>"}),
     ("consents", {"given_by": "self", "given_on": "2026-01-02", "kept_at": "Doe, Jane"})]
)  # fmt: skip
def test_nor_does_what_is_entered_with_a_profile(desk, number, inline, given):
    defender = make_defender()
    answers = {f"{inline}-0-{name}": value for name, value in given.items()}
    response = fill(desk, f"/admin/stories/defender/{defender.pk}/change/", **answers)
    assert refused(response, number)
    assert not getattr(defender, inline).exists()


def test_nor_do_other_spellings_of_a_person(desk, number):
    defender = make_defender()
    address = f"/admin/stories/defender/{defender.pk}/change/"
    assert refused(fill(desk, address, other_names="Ana Ruiz\nDoe, Jane"), number)


@pytest.mark.parametrize(
    "given",
    [{"text": "<p>Free Jane Doe.</p>"}, {"slug": "free-jane-doe"}, {"occasion_place": "Doe Jane"},
     {"demands-0-text": "Free Jane Doe.", "demands-0-addressee": "The minister"}]
)  # fmt: skip
def test_nor_does_a_petition(desk, number, given):
    petition = make_petition()
    response = fill(desk, f"/admin/petitions/petition/{petition.pk}/change/", **given)
    assert refused(response, number)


def test_nor_does_an_update(desk, number):
    update = make_update(make_petition())
    address = f"/admin/petitions/update/{update.pk}/change/"
    assert refused(fill(desk, address, text="<p>Jane  Doe is free.</p>"), number)


@pytest.mark.parametrize(
    ("alt", "file"),
    [("JANE DOE at a desk.", "a.jpg"), ("At a desk.", "IMG_jane_doe_2.jpg"),
     ("At a desk.", "janedoe.jpg")]
)  # fmt: skip
def test_nor_does_a_photo_or_the_name_of_its_file(desk, number, alt, file):
    image = upload(encoded(picture()))
    image.name = file
    given = {"alt": alt, "credit": "Us", "image": image}
    assert refused(fill(desk, "/admin/stories/photo/add/", **given), number)
    assert not Photo.objects.exists()


def test_who_is_not_on_the_list_is_no_matter(desk, number):
    story = make_story()
    text = "<p>Jane Dough and John Doe, janitors.</p>"
    save(desk, f"/admin/stories/story/{story.pk}/change/", body=text)
    assert Story.objects.get().body == text


def test_every_form_of_the_desk_is_guarded(rf, tomas):
    request = rf.get("/")
    request.user = tomas
    for model, desk in admin.site._registry.items():
        if model.__name__ in UNGUARDED:
            continue
        used = [desk.get_form(request)] if desk.has_add_permission(request) else []
        used += [inline.get_formset(request).form for inline in desk.get_inline_instances(request)]
        for form in used:
            assert issubclass(form, GuardedForm), f"{model.__name__}: {form.__name__}"
    assert issubclass(GuardedForm, forms.ModelForm)


# --- The list itself ------------------------------------------------------------------------------


def test_a_name_is_entered_once_and_never_shown_again(desk):
    person = Person(73)
    response = desk.post(f"{LIST}add/", {"name": person.name, "note": "case 12"}, follow=True)
    row = GuardedName.objects.get()
    assert person.word not in response.content.decode()
    for address in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", f"{LIST}where/"):
        page = desk.get(address).content.decode()
        assert person.word not in page, address
    assert "case 12" in desk.get(LIST).content.decode()
    assert nameguard.found_in(f"by {person.name}") == [row.pk]
    assert found([person], everything_in_tables()) == set()
    assert LogEntry.objects.get().object_repr == str(row)


def test_only_the_note_can_be_changed(desk, number):
    before = bytes(GuardedName.objects.get().locked_name)
    desk.post(f"{LIST}{number}/change/", {"note": "case 13", "name": "Zoe Quux"})
    row = GuardedName.objects.get()
    assert (row.note, bytes(row.locked_name)) == ("case 13", before)


@pytest.mark.parametrize(
    "given",
    [{"name": "Bo"}, {"name": "王"}, {"name": "- -"}, {"name": ""}, {"name": "doe, jane"},
     {"name": "Zoe Quux", "note": "zoe-quux"}, {"name": "Zoe Quux", "note": "friend of Jane Doe"}]
)  # fmt: skip
def test_what_would_do_harm_on_the_list_is_refused(desk, number, given):
    response = desk.post(f"{LIST}add/", {"note": ""} | given)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert GuardedName.objects.count() == 1


def test_tomas_is_told_where_a_new_name_stands_already(desk):
    story = make_story(body="<p>With Zoë Quux.</p>")
    page = desk.post(f"{LIST}add/", {"name": "Zoe Quux"}, follow=True).content.decode()
    assert "It stands in one place already." in page
    where = desk.get(f"{LIST}where/").content.decode()
    assert f"/admin/stories/story/{story.pk}/change/" in where
    assert "Quux" not in where


def test_who_changes_the_list_stands_in_the_staff_log(desk, number):
    desk.post(f"{LIST}add/", {"name": "Zoe Quux"})
    desk.post(f"{LIST}{number}/delete/", {"post": "yes"})
    lines = StaffAct.objects.filter(about__startswith="guardedname").order_by("number")
    assert [line.act for line in lines] == [
        "name never to publish added", "name never to publish deleted",
    ]  # fmt: skip
    assert "Quux" not in repr(list(StaffAct.objects.values()))


def test_two_names_of_one_length_lock_to_one_length_and_differ():
    locked = [
        locking.lock(name) for name in ("Jane Doe", "Jane Doe", "A name of forty letters, or so")
    ]
    assert len({len(one) for one in locked}) == 1
    assert len(set(locked)) == 3


def test_without_the_key_nothing_is_saved(desk, number, settings, tmp_path):
    story = make_story()
    settings.KEYS_DIR = tmp_path
    nameguard._matcher.cache_clear()
    response = fill(desk, f"/admin/stories/story/{story.pk}/change/", title="Something else")
    assert "can’t be read" in " ".join(complaints(response))
    assert "can’t be read" in desk.get(f"{LIST}where/").content.decode()
    assert desk.post(f"{LIST}add/", {"name": "Zoe Quux"}).status_code == 200
    assert GuardedName.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("check_names")


def test_another_key_does_not_open_the_list(number, settings, tmp_path):
    (tmp_path / "server.key").write_bytes(bytes(32))
    settings.KEYS_DIR = tmp_path
    nameguard._matcher.cache_clear()
    with pytest.raises(locking.Locked):
        nameguard.found_in("Jane Doe")


def test_the_command_says_where_and_never_what(number):
    out = io.StringIO()
    call_command("check_names", stdout=out)
    assert out.getvalue() == "No name of the list was found.\n"
    story = make_story(slug="jane-doe", summary="Doe Jane")
    with pytest.raises(CommandError, match="2 fields"):
        call_command("check_names", stdout=out)
    assert f"stories.Story {story.pk}, slug: № {number} /admin/stories/" in out.getvalue()
    assert "doe" not in out.getvalue().lower()
