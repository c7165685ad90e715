"""A small believable world to look around in, made through the same doors as a real one.

Texts are in `content/` as TOML, pictures in `pictures/`. Signatures are those of invented people
and go through signing, confirming and counting like any other.
"""

import io
import random
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils import timezone
from PIL import Image

from advocacy.demo import translate
from petitions import addresses, counting, moderation, opening, sealing, signing
from petitions.models import Petition, Signature, Update
from stories import clearing, pictures, withdrawal
from stories.models import (
    Country,
    Defender,
    Page,
    Partner,
    Photo,
    Statistic,
    Story,
    Theme,
    Withdrawal,
)

CONTENT = Path(__file__).parent / "content"
PICTURES = Path(__file__).parent / "pictures"
Row = dict[str, object]

# How many invented people have signed what; enough to see a number, a goal and a milestone.
SIGNERS = {
    "protect-human-rights-defenders": 412,
    "stop-blaming-minorities-for-the-pandemic": 87,
}
SIGNERS_OF_OTHERS = 236
# Of those who may be named on the page, one in so many wants to be.
SHOWN_ONE_IN = 12
SHOWN_NAMES = """
    Amina Jonas Li Noor Sofía Tomás Ewa Kwame Ingrid Mehmet Priya Yusuf Hanna Mateo Zofia Rania Olu
    Siobhán Nadia Emeka Freya Hiroshi Leila Marek Oksana Rafael Salma Thandiwe Uta Wanjiru דנה ليلى
""".split()  # noqa: SIM905
LEFT_TO_DECIDE = 3
SIGNERS_COUNTRIES = ["DE", "GB", "US", "CA", "FR", "ES", "MX", "IN", "ZA", "SE", ""]


def is_empty() -> bool:
    """Whether nothing was published or asked here yet."""
    return not Story.objects.exists() and not Petition.objects.exists()


@transaction.atomic
def load() -> None:
    """Fill an empty database. All or nothing."""
    World().load()


class World:
    """Rows made so far, by the names that the texts call them."""

    def __init__(self) -> None:
        self.photos: dict[str, Photo] = {}
        self.countries: dict[str, Country] = {}
        self.themes: dict[str, Theme] = {}
        self.partners: dict[str, Partner] = {}
        self.defenders: dict[str, Defender] = {}
        self.stories: dict[str, Story] = {}
        self.statistics: dict[str, Statistic] = {}

    def load(self) -> None:
        """Make everything, what is referred to first."""
        self.load_words()
        for row in _files("defenders"):
            self.defenders[row["slug"]] = self.defender(row)
        for row in _files("stories"):
            self.stories[row["slug"]] = self.story(row)
        for row in _files("petitions"):
            self.petition(row)
        translate.load(self)
        self.withdraw_a_story()

    def load_words(self) -> None:
        """Pictures, places, themes, partners, numbers, pages."""
        for row in _rows("photos.toml", "photo"):
            self.photos[row["key"]] = self.photo(dict(row))
        for row in _rows("countries.toml", "country"):
            self.countries[row["code"]] = _save(Country(**row))
        for row in _rows("themes.toml", "theme"):
            self.themes[row["slug"]] = _save(Theme(**row))
        for row in _rows("partners.toml", "partner"):
            slug = row.pop("slug")
            self.partners[slug] = _save(Partner(**row))
        for row in _rows("statistics.toml", "statistic"):
            self.statistic(row)
        for row in _rows("pages.toml", "page"):
            self.page(row)

    def photo(self, row: Row) -> Photo:
        """A picture, through the same door as an editor's upload."""
        upload = ContentFile(_file(row.pop("file"), row.pop("file_says", "")))
        row.pop("key")
        photo = Photo(licence=Photo.Licence.OWN, **row)
        clearing.receive(photo, upload, pictures.look(upload), "demo")
        return _save(photo)

    def statistic(self, row: Row) -> None:
        """A number with its source, and the newer one that has taken its place."""
        key = row.pop("key")
        row["superseded_by"] = self.statistics.get(row.get("superseded_by"))
        row["is_featured"] = row.pop("featured", False)
        row["theme"] = self.themes.get(row.get("theme"))
        row["country"] = self.countries.get(row.get("country"))
        self.statistics[key] = _save(Statistic(**row))

    def page(self, row: Row) -> None:
        """About, privacy and the like; `home` says on the home page who we are."""
        row["is_in_menu"], row["position"] = row.pop("in_menu"), row.pop("order")
        _save(Page(**row, **_published(None)))

    def defender(self, row: Row) -> Defender:
        """A profile with its sources, incidents, quotes and news."""
        sources, incidents = row.pop("source", []), row.pop("incident", [])
        quotes, themes, updates = row.pop("quote", []), row.pop("themes"), row.pop("update", [])
        confirmed_by, moment = row.pop("confirmed_by", 0), _published(row.pop("published_on", None))
        row["country"] = self.countries[row["country"]]
        row["photo"] = self.photos.get(row.get("photo"))
        defender = _save(Defender(**row, **moment))
        defender.themes.set(self.themes[slug] for slug in themes)
        rows = [_save(defender.sources.model(defender=defender, **s)) for s in sources]
        for incident in incidents:
            number = incident.pop("source", 0)
            incident["source"] = rows[number - 1] if number else None
            _save(defender.incidents.model(defender=defender, **incident))
        for quote in quotes:
            defender.quotes.create(**quote)
        for update in updates:
            _save(defender.updates.model(defender=defender, **update))
        defender.condition_source = rows[confirmed_by - 1] if confirmed_by else None
        return _save(defender)

    def story(self, row: Row) -> Story:
        """A story with its sources, quotes and news."""
        sources, quotes = row.pop("source", []), row.pop("quote", [])
        updates = row.pop("update", [])
        row["photo"] = self.photos.get(row.get("photo"))
        related = {name: row.pop(name, []) for name in ("countries", "themes", "defenders")}
        story = _save(Story(**row, status=Story.PublicationStatus.PUBLISHED))
        self.relate(story, related)
        for source in sources:
            story.sources.create(**source)
        for quote in quotes:
            story.quotes.create(**quote | {"defender": self.defenders.get(quote.get("defender"))})
        for update in updates:
            _save(story.updates.model(story=story, **update))
        return story

    def withdraw_a_story(self) -> None:
        """A page that is gone, so that one can see what its address says."""
        words = {"title": "A story that was withdrawn", "summary": "Nobody reads this any more."}
        story = Story(slug="a-story-that-was-withdrawn", body="<p>Gone.</p>", **words)
        story.status, story.published_at = _published(None).values()
        withdrawal.withdraw(_save(story), Withdrawal.Reason.ASKED, "demo")

    def petition(self, row: Row) -> None:
        """A petition with its demands, milestones, news and invented signers."""
        demands, milestones = row.pop("demand", []), row.pop("milestone", [])
        updates = row.pop("update", [])
        names = ("countries", "themes", "defenders", "stories", "partners")
        related = {name: row.pop(name, []) for name in names}
        closes_on, outcome = row.pop("closes_on", None), row.pop("outcome")
        row["photo"] = self.photos.get(row.get("photo"))
        opens_on = row.pop("opens_on")
        petition = Petition(**row, **_published(opens_on))
        opening.give_keys(petition)
        _save(petition)
        self.relate(petition, related)
        for position, demand in enumerate(demands, 1):
            petition.demands.create(position=position, **demand)
        for milestone in milestones:
            petition.milestones.create(**milestone)
        for update in updates:
            moment = _published(update.pop("published_on"))
            _save(Update(petition=petition, **update, **moment))
        _sign(petition, SIGNERS.get(petition.slug, SIGNERS_OF_OTHERS))
        # Only now, since a closed petition would not have let them confirm.
        petition.closes_at, petition.outcome = _end_of(closes_on), outcome
        _save(petition)

    def relate(self, row: models.Model, related: dict[str, list[str]]) -> None:
        """Set many-to-many relations by the names used in the texts."""
        for name, keys in related.items():
            getattr(row, name).set([getattr(self, name)[key] for key in keys])


def _file(name: str, says: str) -> bytes:
    """A picture's file; where it is to say something, as a press agency's JPEG would."""
    content = (PICTURES / name).read_bytes()
    if not says:
        return content
    file = io.BytesIO()
    Image.open(io.BytesIO(content)).convert("RGB").save(file, "JPEG", quality=85)
    caption = b"\x1c\x02\x78" + len(says.encode()).to_bytes(2, "big") + says.encode()
    block = b"8BIM\x04\x04\x00\x00" + len(caption).to_bytes(4, "big") + caption
    segment = b"Photoshop 3.0\x00" + block + b"\x00" * (len(caption) % 2)
    jpeg = file.getvalue()
    return jpeg[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]


def _sign(petition: Petition, signers_count: int) -> None:
    chance = random.Random(petition.slug)  # noqa: S311 (the same invented people each time)
    levels = [level for level in petition.levels if level != Signature.Level.PUBLIC]
    for number in range(signers_count):
        address = f"signer{number}@example.org"
        is_shown = petition.shows_names and number % SHOWN_ONE_IN == 0
        signing.sign(
            petition,
            level=Signature.Level.PUBLIC if is_shown else chance.choice(levels),
            name=f"Invented Person {number}",
            shown_name=chance.choice(SHOWN_NAMES) if is_shown else "",
            address=address,
            country=chance.choice(SIGNERS_COUNTRIES),
            language="en",
        )
        their_hash = sealing.duplicate_hash(petition.duplicate_key_id, addresses.canonical(address))
        signature = Signature.objects.get(duplicate_hash=their_hash)
        signing.confirm(signature, signing.claim_on(signature))
    counting.count(petition.pk)
    names = moderation.names(petition, Signature.NameState.WAITING, signers_count)
    choices = [row.choice for row in names[LEFT_TO_DECIDE:]]
    moderation.decide(petition, choices, Signature.NameState.SHOWN)


def _save(row: models.Model) -> models.Model:
    # full_clean sanitises the rich text, as the admin's form would.
    row.full_clean()
    row.save()
    return row


def _published(on: date | None) -> Row:
    moment = datetime.combine(on, time(8), UTC) if on else timezone.now() - timedelta(minutes=1)
    return {"status": "published", "published_at": moment}


def _end_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(23, 59), UTC) if day else None


def _rows(file: str, kind: str) -> list[Row]:
    return tomllib.loads((CONTENT / file).read_text(encoding="utf-8"))[kind]


def _files(folder: str) -> list[Row]:
    files = sorted((CONTENT / folder).glob("*.toml"))
    return [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
