"""Pages in states that the demo does not have: very long, alone, empty, won, destroyed, gone."""

from datetime import datetime, timedelta

from django.utils import timezone

from petitions import counting
from petitions.models import Destruction, Petition
from stories import withdrawal
from tests.factories import (
    confirm,
    make_country,
    make_defender,
    make_petition,
    make_signature,
    make_statistic,
    make_story,
    make_theme,
)

# As long as the fields of the models take them.
LONG_WORD = "Menschenrechtsverteidigerschutzbeauftragtenversammlung"
LONG_TITLE = (
    "Release everybody who was arrested for having asked where their neighbours are, says the "
    f"{LONG_WORD}, today"
)
LONG_NAME = "Maria das Dores de Jesus Nascimento Albuquerque dos Santos-Oliveira Wickremasinghe"


def make_states() -> dict[str, str]:
    """By name, the address of each page that was made."""
    return {**_petitions(), **_long(), **_alone()}


def _petitions() -> dict[str, str]:
    past = timezone.now() - timedelta(days=40)
    reached = make_petition(slug="state-reached", title="A goal that was reached today")
    reached.milestones.create(count=3, text="We write to the minister.", reached_on=timezone.now())
    _count(reached, 3)
    closed = make_petition(slug="state-closed", title="Closed without an answer", closes_at=past)
    won = make_petition(
        slug="state-won", title="Won: they are home", closes_at=past, outcome="won",
        result="<p>All eleven came home on the third of May.</p>",
    )  # fmt: skip
    destroyed = make_petition(slug="state-destroyed", title="Destroyed", closes_at=past)
    today = timezone.now().date()
    Destruction.objects.create(
        petition=destroyed, began_on=today, ended_on=today, records_count=1204
    )
    gone = make_petition(slug="state-withdrawn", title="Withdrawn")
    withdrawal.withdraw(gone, "danger", "tomas")
    rows = {"reached": reached, "closed": closed, "won": won, "destroyed": destroyed, "gone": gone}
    return {f"petition-{name}": f"/petitions/{row.slug}/" for name, row in rows.items()}


def _count(petition: Petition, count: int) -> None:
    for number in range(count):
        confirm(make_signature(petition, f"state{number}@example.org"))
    counting.count_all()


def _long() -> dict[str, str]:
    petition = make_petition(slug="state-long", title=LONG_TITLE, summary=LONG_TITLE)
    petition.demands.create(text=LONG_TITLE, addressee=LONG_WORD)
    petition.milestones.create(count=1_000_000, text=LONG_TITLE)
    theme = make_theme(slug="state-long", name=LONG_WORD, definition=LONG_TITLE)
    story = make_story(
        slug="state-long", title=LONG_TITLE, kicker=LONG_WORD, summary=LONG_TITLE,
        published_at=_long_ago(), content_note=LONG_TITLE,
        body=f"<h2>{LONG_TITLE}</h2><p>{LONG_WORD}</p>",
    )  # fmt: skip
    defender = make_defender(
        slug="state-long", name=LONG_NAME, name_original="عبد الرحمن بن محمد بن خلدون الحضرمي",
        name_original_language="ar", other_names=f"{LONG_NAME}\n{LONG_WORD}",
        occupation=LONG_WORD, organisation=LONG_WORD, summary=LONG_TITLE, condition="released",
        published_at=_long_ago(),
    )  # fmt: skip
    for row in (petition, story, defender):
        row.themes.add(theme)
    defender.quotes.create(text=LONG_TITLE, speaker=LONG_NAME, role=LONG_WORD, source_name="S")
    make_statistic(theme=theme, label=LONG_TITLE, value=123456789, scope=LONG_WORD)
    return {
        "petition-long": petition.get_absolute_url(),
        "story-long": story.get_absolute_url(),
        "defender-long": defender.get_absolute_url(),
        "theme-long": theme.get_absolute_url(),
    }


def _alone() -> dict[str, str]:
    """A place with one story, and one with nothing."""
    country, theme = make_country("IS"), make_theme(slug="state-empty", name="Nothing yet")
    make_story(slug="state-alone", title="The only one", published_at=_long_ago()).countries.add(
        country
    )
    return {
        "country-one-story": country.get_absolute_url(),
        "theme-empty": theme.get_absolute_url(),
        "story-alone": "/stories/state-alone/",
    }


def _long_ago() -> datetime:
    """So that it is not the first thing on the front page."""
    return timezone.now() - timedelta(days=2000)
