"""Where a photo may stand: one table, and pages, cards and forms that obey it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stories import pictures, standing
from stories.models import Photo
from stories.standing import Place, Rule
from tests.factories import make_defender, make_page, make_petition, make_photo, make_story
from tests.stories.desk import complaints, fill, save
from tests.stories.uploads import stored_files, stored_photo

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
DAY = timedelta(days=1)
EVERYWHERE, PAGES_ONLY, NOWHERE = set(Place), {Place.PAGE}, set()
TABLE = {
    "ordinary": ({}, EVERYWHERE),
    "cleared": ({"state": "cleared", "reasons": "agency", "cleared_by": "ana"}, EVERYWHERE),
    "quarantined": ({"state": "quarantined", "reasons": "agency"}, NOWHERE),
    "consent withdrawn": ({"consent_withdrawn_on": TODAY}, NOWHERE),
    "consent ends tomorrow": ({"consent_withdrawn_on": TODAY + DAY}, EVERYWHERE),
    "licence ended": ({"licence_until": TODAY - DAY}, NOWHERE),
    "last day of licence": ({"licence_until": TODAY}, EVERYWHERE),
    "minors": ({"minors": "identifiable"}, PAGES_ONLY),
    "perhaps minors": ({"minors": "unknown"}, PAGES_ONLY),
    "minors from behind": ({"minors": "unrecognisable"}, EVERYWHERE),
    "not as illustration": ({"context": "page"}, PAGES_ONLY),
    "own subject": ({"context": "subject"}, EVERYWHERE),
    "graphic": ({"is_graphic": True}, PAGES_ONLY),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_restriction_bites_where_it_says(name):
    wish, places = TABLE[name]
    photo = make_photo(**wish)
    assert {place for place in Place if photo.may_stand(place)} == places
    # The worker asks the same of many at once.
    assert Photo.objects.showable().exists() is (Place.PAGE in places)
    assert Photo.objects.not_showable().exists() is (Place.PAGE not in places)


@pytest.mark.parametrize("name", TABLE)
def test_pages_cards_and_home_obey(client, name):
    wish, places = TABLE[name]
    make_page(slug="home")
    photo = make_photo(**wish, alt="What is to be seen.")
    story = make_story(photo=photo, slug="the-door")
    defender = make_defender(photo=photo, slug="ana-ruiz")
    photo.stories_shown.add(story)
    photo.defenders_shown.add(defender)
    for address, place in (
        ("/stories/the-door/", Place.PAGE), ("/defenders/ana-ruiz/", Place.PAGE),
        ("/stories/", Place.CARD), ("/defenders/", Place.CARD), ("/", Place.HOME),
    ):  # fmt: skip
        page = client.get(address).content.decode()
        assert (photo.stem in page) is (place in places), address
        assert (photo.alt in page) is (place in places), address


COVERS = {"covers_face": True}
FACES = {
    "nobody asked, public": ("public", [], EVERYWHERE),
    "nobody asked, hidden": ("hidden", [], PAGES_ONLY),
    "agreed": ("public", [COVERS], EVERYWHERE),
    "hidden, agreed": ("hidden", [COVERS], EVERYWHERE),
    "agreed to the story only": ("public", [{"covers_story": True}], NOWHERE),
    "hidden, agreed to the story only": ("hidden", [{"covers_story": True}], NOWHERE),
    "ended yesterday": ("public", [COVERS | {"until": TODAY - DAY}], NOWHERE),
    "ends today": ("public", [COVERS | {"until": TODAY}], EVERYWHERE),
    "withdrawn today": ("public", [COVERS | {"withdrawn_on": TODAY}], NOWHERE),
    "withdrawn, then agreed anew": (
        "hidden", [COVERS | {"withdrawn_on": TODAY}, COVERS], EVERYWHERE,
    ),
    "the one that holds covers no face": (
        "public", [COVERS | {"until": TODAY - DAY}, {"covers_name": True}], NOWHERE,
    ),
}  # fmt: skip


def show(name: str, photo: Photo):
    """Somebody whom the photo shows, with what they have agreed to."""
    risk_level, consents, places = FACES[name]
    person = make_defender(risk_level=risk_level, photo=photo)
    for consent in consents:
        agree(person, **consent)
    photo.defenders_shown.add(person)
    return person, places


def agree(person, **wish):
    defaults = {"given_by": "self", "given_on": TODAY - 9 * DAY}
    return person.consents.create(**defaults | wish)


@pytest.mark.parametrize("name", FACES)
def test_faces_stand_where_their_people_have_agreed(name):
    photo = make_photo()
    show("agreed", photo)
    _, places = show(name, photo)
    make_photo()  # another one, which shows nobody
    assert {place for place in Place if photo.may_stand(place)} == places
    listed = Photo.objects.with_faces().get(pk=photo.pk)
    assert {place for place in Place if listed.may_stand(place)} == places
    assert Photo.objects.showable().filter(pk=photo.pk).exists() is (Place.PAGE in places)
    assert Photo.objects.not_showable().filter(pk=photo.pk).exists() is (Place.PAGE not in places)


@pytest.mark.parametrize("name", FACES)
def test_pages_cards_and_home_obey_those_who_are_shown(client, name):
    make_page(slug="home")
    photo = make_photo()
    person, places = show(name, photo)
    story, petition = make_story(photo=photo), make_petition(photo=photo)
    for row in (story, petition):
        row.defenders.add(person)
    for address, place in (
        (story.get_absolute_url(), Place.PAGE), (person.get_absolute_url(), Place.PAGE),
        (petition.get_absolute_url(), Place.PAGE), ("/", Place.HOME), ("/stories/", Place.CARD),
        ("/defenders/", Place.CARD), ("/petitions/", Place.CARD),
        (f"/countries/{person.country.code.lower()}/", Place.CARD),
    ):  # fmt: skip
        page = client.get(address).content.decode()
        if address != "/petitions/" or place not in places:  # its cards have no pictures at all
            assert (photo.stem in page) is (place in places), address


def test_somebody_hidden_illustrates_nothing_else(desk, client):
    photo = make_photo()
    show("nobody asked, hidden", photo)
    other = make_story(photo=photo)
    assert photo.stem not in client.get(other.get_absolute_url()).content.decode()
    address = f"/admin/stories/story/{make_story().pk}/change/"
    assert complaints(fill(desk, address, photo=photo.pk)) == [standing.refusal(Rule.HIDDEN)]


def test_a_face_goes_between_two_requests_when_the_last_day_of_its_consent_passes(
    client, monkeypatch
):
    photo = make_photo()
    person, _ = show("ends today", photo)
    pages = ("/", "/defenders/", person.get_absolute_url())
    make_page(slug="home")
    assert [photo.stem in client.get(page).content.decode() for page in pages] == [True] * 3
    monkeypatch.setattr(timezone, "localdate", lambda: TODAY + DAY)
    assert [photo.stem in client.get(page).content.decode() for page in pages] == [False] * 3


def test_the_files_of_a_face_go_with_its_consent_and_come_back_under_new_names(
    django_capture_on_commit_callbacks,
):
    photo = stored_photo()
    person, _ = show("agreed", photo)
    before = stored_files(photo)
    assert len(before) == 3
    assert pictures.take_down_barred() == 0
    person.consents.update(withdrawn_on=TODAY)
    with django_capture_on_commit_callbacks(execute=True):
        assert pictures.take_down_barred() == 1
    assert stored_files(photo) == {}
    assert pictures.take_down_barred() == pictures.render_next() == 0
    agree(person, **COVERS)
    while pictures.render_next():
        pass
    photo.refresh_from_db()
    assert len(stored_files(photo)) == 3
    assert not before.keys() & stored_files(photo).keys()


@pytest.mark.parametrize("make", [make_story, make_petition])
def test_the_form_refuses_a_face_without_consent_and_names_the_rule(desk, make):
    row, photo = make(), make_photo()
    show("agreed to the story only", photo)
    address = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
    assert complaints(fill(desk, address, photo=photo.pk)) == [standing.refusal(Rule.FACE)]


@pytest.mark.parametrize("address", ["/", "/stories/", "/defenders/", "/petitions/"])
def test_however_many_photos_a_list_has_their_faces_are_asked_for_once(
    client, django_assert_max_num_queries, address
):
    make_page(slug="home")

    def fill_up():
        for _ in range(3):
            photo = make_photo()
            person, _ = show("hidden, agreed", photo)
            make_story(photo=photo).defenders.add(person)
            make_petition(photo=photo)

    def asked() -> int:
        with django_assert_max_num_queries(99) as questions:
            client.get(address)
        return sum("stories_photo" in question["sql"] for question in questions.captured_queries)

    fill_up()
    few = asked()
    fill_up()
    assert asked() == few <= 4


def test_until_there_are_files_a_page_shows_no_broken_picture(client):
    photo = make_photo(formats_count=0)
    make_story(photo=photo, slug="the-door")
    page = client.get("/stories/the-door/").content.decode()
    assert photo.stem not in page
    assert "<picture" not in page


def test_a_bound_photo_stands_with_what_it_shows_and_nothing_else():
    photo = make_photo(context="page")
    ana = make_defender(photo=photo)
    about, other = make_story(photo=photo), make_story(photo=photo)
    asking = make_petition(photo=photo)
    about.defenders.add(ana)
    photo.defenders_shown.add(ana)
    for row, is_shown in ((ana, True), (about, True), (other, False), (asking, False)):
        assert (standing.photo_for(row, "page") is not None) is is_shown
    asking.defenders.add(ana)
    assert standing.photo_for(asking, "page")


def test_a_graphic_picture_is_covered_and_fetched_only_when_opened(client):
    make_story(photo=make_photo(is_graphic=True), slug="the-door")
    page = client.get("/stories/the-door/").content.decode()
    details = page[page.index('<details class="covered"') :].partition("</details>")[0]
    assert 'loading="lazy"' in details
    assert page.count("<picture") == 1
    assert "fetchpriority" not in page
    assert "<details open" not in page


@pytest.mark.parametrize(
    ("wish", "rule"),
    [({"state": "quarantined", "reasons": "agency"}, Rule.QUARANTINED),
     ({"consent_withdrawn_on": TODAY}, Rule.CONSENT_WITHDRAWN),
     ({"licence_until": TODAY - DAY}, Rule.LICENCE_ENDED),
     ({"minors": "identifiable"}, Rule.MINORS), ({"context": "subject"}, Rule.SUBJECT),
     ({"context": "page"}, Rule.ILLUSTRATION)]
)  # fmt: skip
@pytest.mark.parametrize("make", [make_story, make_defender, make_petition])
def test_the_form_refuses_and_names_the_rule(desk, make, wish, rule):
    row, photo = make(), make_photo(**wish)
    address = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
    response = fill(desk, address, photo=photo.pk)
    assert complaints(response) == [standing.refusal(rule)]
    assert f"“{rule.label}”" in complaints(response)[0]


def test_the_form_takes_it_where_it_belongs(desk):
    ana, photo = make_defender(), make_photo(context="page")
    photo.defenders_shown.add(ana)
    story = make_story()
    save(desk, f"/admin/stories/story/{story.pk}/change/", photo=photo.pk, defenders=ana.pk)
    save(desk, f"/admin/stories/defender/{ana.pk}/change/", photo=photo.pk)
    story.refresh_from_db()
    assert story.photo == photo


def test_a_text_can_be_changed_though_its_photo_has_become_restricted(desk):
    story = make_story(photo=make_photo(licence_until=TODAY - DAY))
    save(desk, f"/admin/stories/story/{story.pk}/change/", title="Again")
