"""Every field of every model is known for what it says of whom."""

from pathlib import Path

from django.apps import apps

from petitions import classification
from petitions.classification import FIELDS, Kind
from petitions.models import Delivery, Letter, Signature, Subscription


def names(model):
    """A model's own fields, many-to-many ones included."""
    meta = model._meta
    return {field.name for field in (*meta.concrete_fields, *meta.local_many_to_many)}


def classified(label):
    """The names in the list, with those that stand in it twice."""
    return [name for words in FIELDS.get(label, {}).values() for name in words.split()]


def test_every_field_of_every_model_is_classified_once():
    for model in apps.get_models():
        label = model._meta.label
        assert sorted(classified(label)) == sorted(names(model)), label


def test_nothing_is_classified_that_is_not_there():
    assert {model._meta.label for model in apps.get_models()} == FIELDS.keys()


def test_a_new_field_would_be_noticed():
    class Stranger:
        _meta = Signature._meta

    assert "sealed_box" in names(Stranger)
    assert sorted(n for n in classified("petitions.Signature") if n != "sealed_box") != sorted(
        names(Stranger)
    )


def test_what_is_about_signers_can_be_found_by_its_petition():
    about = classification.about_signers()
    assert set(about) == {Signature, Letter, Subscription, Delivery}
    assert all(classification.petition_path(model) for model in about)


def test_what_points_to_another_goes_before_it():
    about = classification.about_signers()
    assert about.index(Delivery) < about.index(Subscription)


def test_whatever_is_locked_or_hashed_is_about_somebody():
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.name.startswith(("locked_", "sealed_", "duplicate_hash", "address_")):
                kinds = [k for k in Kind if field.name in classification.fields(model, k)]
                about = ([Kind.SIGNER], [Kind.LISTED], [Kind.SUBJECT])
                assert kinds in about, f"{model._meta.label}.{field.name}"


def test_the_page_on_privacy_names_every_field_about_signers():
    text = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    for model in classification.about_signers():
        assert f"**{model._meta.verbose_name}**" in text
        for field in classification.fields(model, Kind.SIGNER):
            assert f"`{field}`" in text, f"{model._meta.label}.{field}"
