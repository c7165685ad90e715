"""The demo in other languages: `content/translations/*.toml`, put beside the originals.

Made by us and read by no native speaker yet, so readers are told what a machine's work is told of.
"""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import models

from petitions.models import Petition
from stories import translating
from stories.models import Defender, Page, Story
from stories.translations import Translatable

if TYPE_CHECKING:
    from advocacy.demo.load import World

FOLDER = Path(__file__).parent / "content" / "translations"
BY_SLUG: dict[str, type[models.Model]] = {
    "page": Page,
    "petition": Petition,
    "defender": Defender,
    "story": Story,
}
# What the world calls rows of a kind, where that is not the kind with an s.
PLURALS = {"country": "countries"}


def load(world: "World") -> None:
    """Publish every translation there is."""
    for file in sorted(FOLDER.glob("*.toml")):
        for kind, rows in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for key, words in rows.items():
                row = _row(world, kind, key)
                said = dict(_cleaned(row, words))
                translating.keep(row, file.stem, said, is_published=True, is_by_machine=True)


def _row(world: "World", kind: str, key: str) -> Translatable:
    if kind in BY_SLUG:
        return BY_SLUG[kind].objects.get(slug=key)
    return getattr(world, PLURALS.get(kind, f"{kind}s"))[key]


def _cleaned(row: Translatable, words: dict[str, object]):
    """The row and what belongs to it, each with its words; lists are in the originals' order."""
    own = {name: text for name, text in words.items() if isinstance(text, str)}
    yield row, {name: row._meta.get_field(name).clean(text, row) for name, text in own.items()}
    for name, texts in words.items():
        if isinstance(texts, list):
            parts = getattr(row, name).order_by("pk")
            for part, said in zip(parts, texts, strict=True):
                yield from _cleaned(part, said)
