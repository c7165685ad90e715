"""An editor puts a text into another language: beside the original, guarded, logged, taken back."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from petitions.models import StaffAct
from stories import nameguard, search, translations
from stories.models import Defender, SearchEntry, Story, Translation
from stories.translation_desk import TranslatingDesk
from tests.factories import (
    make_country,
    make_defender,
    make_page,
    make_petition,
    make_photo,
    make_statistic,
    make_story,
    make_theme,
    make_update,
)
from tests.stories.desk import save
from tests.stories.test_translations import put_into

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """The story of a door, with news and a photo."""
    story = make_story(title="The door", slug="the-door", photo=make_photo())
    story.updates.create(title="Opened", text="<p>At last.</p>")
    search.index(story)
    return story


def address(row, language: str = "fr") -> str:
    """The page on which a row is put into a language."""
    meta = row._meta
    return f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/translations/{language}/"


def typed(row, **words: str) -> dict[str, str]:
    """Words of a row, by the names that the form gives them."""
    return {f"{row._meta.model_name}-{row.pk}-{name}": said for name, said in words.items()}


FRENCH = {"title": "La porte", "summary": "Elle s’est ouverte.", "byline": "La rédaction"}


def french_of(story: Story, **more: str) -> dict[str, str]:
    """A whole translation."""
    return typed(story, **FRENCH | {"body": "<p>Oui.</p>"} | more)


def test_tomas_sees_each_text_beside_its_original(desk, story):
    page = desk.get(address(story, "fa")).content.decode()
    for words in ("The door", "It happened.", "Opened", "<p>At last.</p>", "A street at night."):
        assert words in page
    field = re.search(rf'<textarea[^>]*name="story-{story.pk}-title"[^>]*>', page)[0]
    assert 'lang="fa"' in field and 'dir="auto"' in field and 'maxlength="160"' in field
    assert f'<label for="id_story-{story.pk}-title">' in page
    assert "content_note" not in page  # there is nothing to translate
    assert page.count("data-django-prose-editor") >= 2  # the body and the update


def test_a_translation_is_a_draft_until_it_is_published(desk, client, story):
    answer = french_of(story) | typed(story.updates.get(), title="Ouverte", text="<p>Enfin.</p>")
    answer |= typed(story.photo, alt="Une rue la nuit.")
    assert desk.post(address(story), answer | {"_draft": "1"}).status_code == 302
    assert Translation.objects.count() == 3
    assert not Translation.objects.filter(is_published=True).exists()
    assert "La porte" not in client.get("/fr/stories/the-door/").content.decode()
    assert desk.post(address(story), answer | {"_publish": "1"}).status_code == 302
    page = client.get("/fr/stories/the-door/").content.decode()
    for words in ("La porte", "<p>Oui.</p>", "Ouverte", "<p>Enfin.</p>"):
        assert words in page
    assert SearchEntry.objects.get(language="fr").title == "La porte"
    story.refresh_from_db()
    assert story.title == "The door"


def test_tomas_takes_a_translation_back_and_the_photo_keeps_its_words(desk, client, story):
    answer = french_of(story) | typed(story.photo, alt="Une rue la nuit.")
    desk.post(address(story), answer | {"_publish": "1"})
    desk.post(address(story), answer | {"_draft": "1"})
    assert translations.languages(story) == ["en"]
    assert translations.languages(story.photo) == ["en", "fr"]
    assert not SearchEntry.objects.filter(language="fr").exists()


def test_what_is_emptied_is_gone(desk, story):
    desk.post(address(story), french_of(story) | {"_publish": "1"})
    desk.post(address(story), {"_draft": "1"})
    assert not Translation.objects.exists()


def test_nothing_is_published_half(desk, story):
    response = desk.post(address(story), typed(story, title="La porte") | {"_publish": "1"})
    assert response.status_code == 422
    page = response.content.decode()
    assert page.count("This is needed before it can be published.") == 3
    assert "La porte" in page  # nothing typed is lost
    assert not Translation.objects.exists()
    assert desk.post(address(story), typed(story, title="La porte") | {"_draft": "1"})
    assert Translation.objects.get().words == {"title": "La porte"}


def test_rich_text_is_cleaned_as_the_originals_is(desk, story):
    body = '<p onclick="x()">Oui.<script>1</script></p><h1>Non</h1>'
    desk.post(address(story), french_of(story, body=body) | {"_publish": "1"})
    said = Translation.objects.get().words["body"]
    assert said.startswith("<p>Oui.</p>")
    assert "script" not in said and "h1" not in said and "onclick" not in said


def test_a_text_may_be_no_longer_than_its_original_may_be(desk, story):
    answer = french_of(story, title="x" * 161) | {"_draft": "1"}
    assert desk.post(address(story), answer).status_code == 422
    assert not Translation.objects.exists()


def test_a_place_stays_as_coarse_in_another_language(desk):
    defender = make_defender()
    incident = defender.incidents.create(happened_on="2026-01-02", text="A.", place="Mashhad")
    answer = typed(incident, place="Rue 12") | {"_draft": "1"}
    assert desk.post(address(defender), answer).status_code == 422


def test_a_guarded_name_is_refused_in_every_text(desk, story):
    number = nameguard.guard("Jane Doe").pk
    for name in ("title", "body"):
        words = "<p>Avec Jane Doe.</p>"
        response = desk.post(address(story), french_of(story, **{name: words}) | {"_draft": "1"})
        assert response.status_code == 422
        assert f"№ {number}" in response.content.decode()
    answer = french_of(story) | typed(story.updates.get(), title="Doe, Jane") | {"_publish": "1"}
    assert desk.post(address(story), answer).status_code == 422
    assert not Translation.objects.exists()


def test_a_name_in_a_translation_that_is_there_already_is_reported(story):
    number = nameguard.guard("Jane Doe").pk
    put_into("fr", story, body="<p>Oui.</p>\nJane Doe", is_published=False)
    (mention,) = nameguard.stored()
    assert mention.numbers == {number}
    assert mention.address == address(story)


def test_a_machine_s_work_stays_marked_until_somebody_unticks_it(desk, story):
    desk.post(address(story), french_of(story) | {"_publish": "1", "is_by_machine": "on"})
    assert Translation.objects.get().is_by_machine
    assert re.search(r'name="is_by_machine"[^>]*checked', desk.get(address(story)).content.decode())
    desk.post(address(story), french_of(story) | {"_publish": "1"})
    assert not Translation.objects.get().is_by_machine


def test_what_was_changed_since_is_called_older_than_the_original(desk, story):
    listed = f"/admin/stories/story/{story.pk}/translations/"
    put_into("fr", story, title="La porte")
    put_into("ru", story, title="Дверь", is_published=False)
    page = desk.get(listed).content.decode()
    assert "older than the original" not in page
    assert page.count("none yet") == 5 and "draft" in page
    Story.objects.update(updated_at=timezone.now() + timedelta(minutes=1))
    page = desk.get(listed).content.decode()
    assert page.count("older than the original") == 2


def test_a_change_at_the_desk_makes_translations_old_and_translating_does_not(desk):
    page = make_page(slug="about", body="<p>So.</p>")
    answer = typed(page, title="Qui", summary="S", body="<p>A.</p>") | {"_publish": "1"}
    desk.post(address(page), answer)
    listed = f"/admin/stories/page/{page.pk}/translations/"
    assert "older than the original" not in desk.get(listed).content.decode()
    save(desk, f"/admin/stories/page/{page.pk}/change/", title="Who")
    assert "older than the original" in desk.get(listed).content.decode()


def test_the_history_and_the_staff_log_say_who_translated_and_not_what(desk):
    petition = make_petition(title="Free Ana")
    petition.demands.create(text="Free her.", addressee="All")
    answer = typed(petition, title="Libérez Ana", summary="S", text="<p>T</p>") | {"_publish": "1"}
    assert desk.post(address(petition), answer).status_code == 302
    line = StaffAct.objects.latest("number")
    assert (line.who, line.about) == ("tomas", f"petition {petition.pk}")
    assert line.facts == {"fields": ["translation: fr: published"]}
    assert "Ana" not in repr(list(StaffAct.objects.values()))
    assert LogEntry.objects.get().object_id == str(petition.pk)


def test_every_desk_of_something_that_can_be_translated_has_the_page(desk, story):
    rows = [story, make_defender(), make_page(), make_theme(), make_country("DE"), make_photo(),
            make_statistic(), make_petition(), make_update(make_petition())]  # fmt: skip
    for row in rows:
        form = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        listed = form.replace("/change/", "/translations/")
        assert f'href="{listed}"' in desk.get(form).content.decode(), form
        assert desk.get(listed).status_code == 200
        assert desk.get(address(row)).status_code == 200
    desks = {m for m, own in admin.site._registry.items() if isinstance(own, TranslatingDesk)}
    left = {model.__name__ for model in set(translations.translatable()) - desks}
    assert left <= {"Demand", "Milestone", "Incident", "Correction", "Update"}


def test_what_belongs_to_a_row_is_on_its_page(desk):
    defender = make_defender()
    defender.incidents.create(happened_on="2026-01-02", text="Arrested in May.")
    defender.corrections.create(text="It was 2021.")
    defender.quotes.create(text="We stay.", speaker="S", source_name="N", role="pupil")
    petition = make_petition()
    petition.demands.create(text="Free her.", addressee="The minister")
    petition.milestones.create(count=10, text="We visit.")
    make_update(petition, title="He is free")
    told = desk.get(address(defender)).content.decode()
    for words in ("Arrested in May.", "It was 2021.", "pupil"):
        assert words in told
    asked = desk.get(address(petition)).content.decode()
    for words in ("Free her.", "The minister", "We visit.", "He is free"):
        assert words in asked


def test_the_original_s_own_language_and_unknown_ones_have_no_page(desk, story):
    for language in ("en", "de", "xx"):
        assert desk.get(address(story, language)).status_code == 404
    persian = make_story(language="fa")
    assert desk.get(address(persian, "en")).status_code == 200
    assert desk.get(address(persian, "fa")).status_code == 404


def test_who_may_not_change_a_text_may_not_translate_it(client, django_user_model, story):
    ewa = django_user_model.objects.create_user("ewa", password="x", is_staff=True)
    ewa.user_permissions.add(Permission.objects.get(codename="view_story"))
    client.force_login(ewa)
    assert client.get(address(story)).status_code == 403
    assert client.post(address(story), french_of(story) | {"_publish": "1"}).status_code == 403
    client.logout()
    assert client.get(address(story)).status_code == 302


def test_a_withdrawn_petition_can_t_be_translated(desk):
    petition = make_petition(withdrawn_on=timezone.now().date(), status="draft",
                             closes_at=timezone.now())  # fmt: skip
    assert desk.post(address(petition), {"_draft": "1"}).status_code == 403


def test_looking_changes_nothing(desk, story):
    desk.get(address(story))
    assert not Translation.objects.exists()
    assert Defender.objects.count() == 0
