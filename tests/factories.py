"""Things to test with; everything has a default, and a test names only what it is about."""

import itertools
import time
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from petitions import addresses, guard, opening, sealing, signing, switches, tokens
from petitions.models import Letter, Petition, Signature, Subscription, Switches, Update
from stories.models import Country, Defender, Page, Photo, Statistic, Story, Theme

_numbers = itertools.count(1)


def _published(wish: dict) -> dict:
    defaults = {"status": "published", "published_at": timezone.now() - timedelta(days=1)}
    return defaults | wish


def make_petition(**wish: object) -> Petition:
    """An open petition with its keys."""
    number = next(_numbers)
    defaults = {
        "title": f"Free the {number}",
        "slug": f"free-the-{number}",
        "summary": "They have done nothing.",
        "text": "<p>They have done nothing.</p>",
    }
    petition = Petition(**_published(defaults | wish))
    opening.give_keys(petition)
    petition.save()
    return petition


def turn(**switched: object) -> Switches:
    """Turn switches as an editor does, for everybody in this process at once."""
    row, _is_new = Switches.objects.update_or_create(pk=1, defaults=switched)
    switches.forget()
    return row


def honest() -> dict[str, str]:
    """What a form carries for the guard when a person has typed for a minute."""
    return {"shown_at": guard.shown_at(time.time() - 60)}


def sign(
    petition: Petition,
    address: str = "mira@example.org",
    name: str = "Mira Novak",
    level: str = Signature.Level.HAND_IN,
    **more: object,
) -> None:
    """Sign as the form would."""
    signing.sign(petition, level=level, name=name, address=address, **more)


def signature_of(petition: Petition, address: str = "mira@example.org") -> Signature:
    """The signature of a mailbox."""
    canonical = addresses.canonical(address)
    return Signature.objects.get(
        duplicate_hash=sealing.duplicate_hash(petition.duplicate_key_id, canonical)
    )


def make_signature(
    petition: Petition,
    address: str = "mira@example.org",
    name: str = "Mira Novak",
    level: str = Signature.Level.HAND_IN,
    **more: object,
) -> Signature:
    """A pending signature."""
    sign(petition, address, name, level, **more)
    return signature_of(petition, address)


def statements_to_sign() -> int:
    """How many statements it takes to store a signature and its letter, within a test."""
    # One; elsewhere savepoint, signature, letter, release.
    return 1 if connection.vendor == "postgresql" else 4


def confirm(signature: Signature) -> signing.Confirmation:
    """Press the button of the letter that belongs to the signature as it stands."""
    return signing.confirm(signature, signing.claim_on(signature))


def token_for(signature: Signature) -> str:
    """The token in the letter's link."""
    return tokens.make(tokens.SIGNATURE, signing.claim_on(signature))


def make_update(petition: Petition, **wish: object) -> Update:
    """A published update, not sent to anybody."""
    defaults = {"title": "He is free", "text": "<p>He came home.</p>"}
    return Update.objects.create(petition=petition, **_published(defaults | wish))


def make_subscription(
    petition: Petition, address: str = "mira@example.org", language: str = "en"
) -> Subscription:
    """Somebody who asked for updates."""
    canonical = addresses.canonical(address)
    return Subscription.objects.create(
        petition=petition,
        duplicate_hash=sealing.duplicate_hash(petition.duplicate_key_id, canonical),
        locked_address=sealing.lock(address),
        language=language,
    )


def everything_stored() -> dict[str, list]:
    """All rows that a signer's acts can change, to compare before and after."""
    from petitions.models import LedgerEntry, Tally

    models = (Signature, Letter, LedgerEntry, Tally, Subscription)
    return {
        model.__name__: [
            {k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()}
            for row in model.objects.order_by("pk").values()
        ]
        for model in models
    }


def make_country(code: str = "IR") -> Country:
    """A country."""
    return Country.objects.get_or_create(code=code)[0]


def make_theme(**wish: object) -> Theme:
    """A theme."""
    number = next(_numbers)
    defaults = {"slug": f"theme-{number}", "name": f"Theme {number}", "definition": "What it is."}
    return Theme.objects.create(**defaults | wish)


def make_photo(**wish: object) -> Photo:
    """A photo's row, with all formats made; its files are not there."""
    defaults = {
        "original": "0" * 32,
        "preview": "1" * 32,
        "width": 1280,
        "height": 853,
        "formats_count": 3,
        "alt": "A street at night.",
        "credit": "Drawing: Us",
    }
    return Photo.objects.create(**defaults | wish)


def make_story(**wish: object) -> Story:
    """A published story."""
    number = next(_numbers)
    defaults = {
        "title": f"Story {number}",
        "slug": f"story-{number}",
        "summary": "It happened.",
        "body": "<p>It happened.</p>",
    }
    return Story.objects.create(**_published(defaults | wish))


def make_defender(**wish: object) -> Defender:
    """A published profile."""
    number = next(_numbers)
    defaults = {
        "name": f"Defender {number}",
        "slug": f"defender-{number}",
        "occupation": "Lawyer",
        "country": wish.pop("country", None) or make_country(),
        "summary": "A lawyer.",
        "what_they_defend": "The river.",
        "what_happened": "They were threatened.",
        "condition": "threatened",
        "condition_confirmed_on": date(2026, 11, 3),
    }
    return Defender.objects.create(**_published(defaults | wish))


def make_page(**wish: object) -> Page:
    """A published page."""
    number = next(_numbers)
    defaults = {"title": f"Page {number}", "slug": f"page-{number}", "summary": "What it says."}
    return Page.objects.create(**_published(defaults | wish))


def make_statistic(**wish: object) -> Statistic:
    """A number."""
    defaults = {
        "label": "people were killed",
        "qualifier": "at_least",
        "value": 281,
        "unit": "people",
        "year": 2016,
        "source_name": "A yearbook",
        "source_url": "https://example.org/yearbook",
        "source_year": 2017,
    }
    return Statistic.objects.create(**defaults | wish)
