"""What can be withdrawn, what goes with it, and by which names it is looked for in other texts.

Apps above this one bring theirs: `WAYS[Petition] = …`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from stories import pictures, translations, withholding
from stories.models import Defender, Page, Photo, Story, Update, Withdrawal
from stories.withholding import Sought

# What becomes of a row that is linked to somebody who is withdrawn.
WITHDRAW, PAUSE, KEEP = "withdraw", "pause", "keep"


class Way:
    """How rows of one model are withdrawn."""

    kind: str = ""  # one of Withdrawal.Kind
    word: str = ""  # what logs call such a row, if not by its kind

    def sought(self, row: models.Model, more_names: Iterable[str] = ()) -> Sought:
        """What is looked for in other texts."""
        # A title of one word may stand anywhere and mean nothing.
        said = [getattr(row, name, "") for name in ("title", "slug")]
        said += translations.every_translated(row, "title")
        titles = [one for one in said if len(one.replace("-", " ").split()) > 1]
        return withholding.sought(more_names, titles)

    def parts(self, row: models.Model) -> list[models.Model]:
        """Rows that go with it."""
        return []

    def was_public(self, row: models.Model) -> bool:
        """Whether anybody can have seen it. A draft that was public once has its moment still."""
        return row.published_at is not None and row.published_at <= timezone.now()

    def is_gone(self, row: models.Model) -> bool:
        """Whether it was withdrawn before, where the row stays."""
        return False

    def remove(self, row: models.Model) -> None:
        """Have it gone, with its parts; its photo is seen to elsewhere."""
        row.delete()


class OfStory(Way):
    """News, explanations, statements."""

    kind = Withdrawal.Kind.STORY

    def parts(self, row: Story) -> list[models.Model]:
        """Words of somebody who has a profile stay with it when a story goes."""
        return [*row.quotes.filter(defender=None), *_written_beneath(row)]

    def remove(self, row: Story) -> None:
        """With the quotes, which would only lose their story."""
        row.quotes.filter(defender=None).delete()
        row.delete()


class OfDefender(Way):
    """Profiles."""

    kind = Withdrawal.Kind.DEFENDER

    def sought(self, row: Defender, more_names: Iterable[str] = ()) -> Sought:
        """All that they are called, and their first name and surname alone."""
        names = [row.name, row.name_original, *row.other_names.splitlines()]
        names += translations.every_translated(row, "name")
        parts_of = names if row.kind == Defender.Kind.PERSON else []
        return withholding.sought([*names, row.slug.replace("-", " "), *more_names], (), parts_of)

    def parts(self, row: Defender) -> list[models.Model]:
        """All that hangs on the profile, and their own words wherever they stand."""
        hung = [*row.incidents.all(), *row.consents.all()]
        return [*row.quotes.all(), *_written_beneath(row), *hung]

    def remove(self, row: Defender) -> None:
        """With their quotes."""
        row.quotes.all().delete()
        row.delete()


class OfPhoto(Way):
    """Pictures. Nobody guesses the address of one, so each was public to whoever had it."""

    kind = Withdrawal.Kind.PHOTO

    def sought(self, row: Photo, more_names: Iterable[str] = ()) -> Sought:
        """Only what the editor types."""
        return withholding.sought(more_names)

    def was_public(self, row: Photo) -> bool:
        """Always."""
        return True

    def remove(self, row: Photo) -> None:
        """From all that show it, with its files."""
        for user in users(row):
            type(user)._base_manager.filter(pk=user.pk).update(photo=None)
        row.delete()
        pictures.take_down(row)


class OfPage(Way):
    """Pages of the site itself."""

    kind = Withdrawal.Kind.PAGE


class OfUpdate(Way):
    """Updates of stories and profiles, which stand on a page and have none of their own.

    What is remembered of one answers nobody; it is there for backups.
    """

    kind = Withdrawal.Kind.PAGE
    word = "update"

    def sought(self, row: models.Model, more_names: Iterable[str] = ()) -> Sought:
        """Only what the editor types: its title is nobody's name."""
        return withholding.sought(more_names)

    def was_public(self, row: models.Model) -> bool:
        """Its address is that of a page that stays."""
        return False


WAYS: dict[type[models.Model], Way] = {
    Story: OfStory(),
    Defender: OfDefender(),
    Photo: OfPhoto(),
    Page: OfPage(),
    Update: OfUpdate(),
}


class Companion(NamedTuple):
    """Something linked to what is withdrawn, and what may become of it."""

    row: models.Model
    fates: list[str]  # the first one unless somebody chooses another
    pause: Callable[[], None] | None = None

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.row._meta.label_lower}:{self.row.pk}"


# Called with the row and what is sought of it.
COMPANIONS: list[Callable[[models.Model, Sought], list[Companion]]] = []


def companions(row: models.Model, of: Sought) -> list[Companion]:
    """What is offered to go with a row, or to be paused."""
    return [one for find in COMPANIONS for one in find(row, of)]


def users(photo: Photo, but: models.Model | None = None) -> list[models.Model]:
    """What shows a photo."""
    found = []
    for relation in photo._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            found += relation.related_model._base_manager.filter(**{relation.field.name: photo})
    return [user for user in found if user != but]


def _written_beneath(row: Story | Defender) -> list[models.Model]:
    return [*row.sources.all(), *row.corrections.all(), *row.updates.all()]
