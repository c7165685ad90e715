"""Readers get a row's words in their language where there are some, and nobody else does."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from petitions.models import Petition
from stories import translations
from stories.models import Country, Defender, Story, Translation
from tests.factories import make_country, make_defender, make_petition, make_story

pytestmark = pytest.mark.django_db


def put_into(language: str, row, is_published=True, is_by_machine=False, **words):
    """Write a row's words in a language."""
    return row.translations.create(
        language=language, words=words, is_published=is_published, is_by_machine=is_by_machine
    )


@pytest.fixture
def story():
    story = make_story(title="The door", summary="It opened.", slug="the-door")
    put_into("fr", story, title="La porte", body="<p>Oui.</p>")
    put_into("fa", story, title="در", body="<p>بله.</p>", is_by_machine=True)
    return story


@pytest.mark.parametrize(
    ("language", "title", "shown"),
    [("en", "The door", "en"), ("fr", "La porte", "fr"), ("fa", "در", "fa"),
     ("ru", "The door", "en")]
)  # fmt: skip
def test_a_reader_gets_their_words_or_the_original(story, language, title, shown):
    with translation.override(language):
        row = Story.objects.published().translated().get()
    assert (row.title, translations.shown_language(row)) == (title, shown)


def test_what_is_not_in_a_translation_stays_as_it_was_written(story):
    with translation.override("fr"):
        assert Story.objects.translated().get().summary == "It opened."


def test_a_draft_of_a_translation_is_for_nobody(story):
    put_into("ru", story, title="Дверь", is_published=False)
    with translation.override("ru"):
        assert Story.objects.translated().get().title == "The door"
    assert translations.languages(story) == ["en", "fa", "fr"]


def test_whoever_does_not_ask_gets_the_original(story):
    with translation.override("fr"):
        assert Story.objects.get().title == "The door"
        assert [row.title for row in Story.objects.published()] == ["The door"]


def test_a_machine_s_words_can_be_told_from_a_person_s(story):
    with translation.override("fa"):
        assert translations.is_by_machine(Story.objects.translated().get())
    with translation.override("fr"):
        assert not translations.is_by_machine(Story.objects.translated().get())


def test_a_story_from_elsewhere_can_be_read_in_english():
    story = make_story(title="در", language="fa")
    put_into("en", story, title="The door")
    assert Story.objects.translated().get().title == "The door"
    with translation.override("fa"):
        assert Story.objects.translated().get().title == "در"


def test_what_was_selected_with_a_row_is_translated_too():
    country = make_country("IR")
    put_into("fr", country, intro="Un pays.")
    defender = make_defender(country=country)
    put_into("fr", defender, name="Narguès")
    with translation.override("fr"):
        row = Defender.objects.select_related("country").translated().get()
    assert (row.name, row.country.intro) == ("Narguès", "Un pays.")


def test_related_rows_are_asked_for_in_the_same_way():
    petition = make_petition()
    demand = petition.demands.create(text="Free them.", addressee="The minister")
    put_into("fr", demand, text="Libérez-les.")
    with translation.override("fr"):
        assert [row.text for row in petition.demands.translated()] == ["Libérez-les."]


def test_a_list_costs_one_more_question_and_in_its_own_language_none(
    story, django_assert_num_queries
):
    ContentType.objects.get_for_model(Story)
    for n in range(3):
        put_into("fr", make_story(), title=f"Titre {n}")
    with translation.override("fr"), django_assert_num_queries(2):
        assert len(list(Story.objects.translated())) == 4
    with django_assert_num_queries(1):
        list(Story.objects.translated())


def test_rows_and_their_translations_go_together(story):
    story.delete()
    assert not Translation.objects.exists()
    country = make_country("IR")
    put_into("fr", country, intro="Un pays.")
    Country.objects.all().delete()
    assert not Translation.objects.exists()


def test_values_and_counts_are_left_alone(story):
    with translation.override("fr"):
        rows = Story.objects.translated()
        assert list(rows.values_list("title", flat=True)) == ["The door"]
        assert rows.count() == 1
        assert rows.filter(title="The door").exists()


def test_every_field_that_can_be_translated_is_there():
    for model in translations.translatable():
        fields = {field.name for field in model._meta.get_fields()}
        assert set(model.translated_fields) <= fields, model
        assert model.translated_fields, model
    assert Petition in translations.translatable()
