"""One action at the desk, and a name that stood everywhere is found nowhere, in no spelling."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from petitions.models import Demand, Petition, StaffAct
from petitions.models import Update as PetitionsUpdate
from stories import cards, originals, search, translations, withdrawal
from stories.models import (
    Defender,
    Page,
    Partner,
    Photo,
    SearchEntry,
    Statistic,
    Story,
    Theme,
    Withdrawal,
)
from tests.advocacy.world import make_world
from tests.factories import make_defender, make_page, make_petition, make_story, make_update
from tests.petitions.test_canary import everything_in_files, everything_in_tables
from tests.stories.test_translations import put_into
from tests.stories.uploads import encoded, picture, stored_photo, with_iptc

pytestmark = pytest.mark.django_db(transaction=True)

NAME, SURNAME, PERSIAN = "Zoë Quuxmáry", "Quuxmáry", "زهره کوکسماری"
CHINESE = "佐伊·库克斯玛丽"
SPELLINGS = ["quuxmary", "yramxuuq", "کوکسماری", "کوکسمارى", "куксмари", "库克斯玛丽"]


def plain(content: bytes) -> str:
    """As small letters without accents, escapes of JSON and of addresses undone."""
    text = content.decode("utf-8", errors="ignore")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"(?:%[0-9A-F]{2})+", lambda f: bytes.fromhex(f[0].replace("%", "")).decode(
        "utf-8", errors="ignore"), text)  # fmt: skip
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def places_of(contents) -> set[str]:
    """Where one of the spellings stands."""
    return {place for place, content in contents if _names_them(content)}


def _names_them(content: bytes) -> bool:
    text = plain(content)
    return any(one in text or one.encode("utf-16-le") in content for one in SPELLINGS)


def everything_stored() -> list[tuple[str, bytes]]:
    """Tables, pictures with their names, and SQLite's own files."""
    folders = [Path(django_settings.MEDIA_ROOT), Path(originals.private().location)]
    names = [("name", str(file).encode()) for folder in folders for file in folder.rglob("*")]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        folders += [Path(name + end) for end in ("", "-wal") if Path(name + end).exists()]
    return [*names, *everything_in_tables(), *everything_in_files(*folders)]


def make_them() -> Defender:
    """Somebody with all that belongs to a profile."""
    content = with_iptc(encoded(picture()), "Zoe Quuxmary")
    photo = stored_photo(content=content, alt=f"{NAME} at a desk")
    them = make_defender(
        name=NAME, name_original=PERSIAN, name_original_language="fa", slug="zoe-quuxmary",
        other_names="Зоя Куксмари\nZoe Quuxmary", photo=photo,
    )  # fmt: skip
    photo.defenders_shown.add(them)
    source = them.sources.create(title=NAME, publisher="P", published="2021")
    them.incidents.create(happened_on="2026-01-02", text=f"{NAME} taken.", source=source)
    them.quotes.create(text="We stay.", speaker=NAME, source_name="N")
    them.updates.create(title=f"{SURNAME} is heard", text=f"<p>{NAME}</p>")
    return them


def name_them_elsewhere(world) -> None:
    """In every text of every other row that has words."""
    story = make_story(
        title=f"The trial of {NAME}", slug="trial-of-zoe-quuxmary", kicker=SURNAME,
        summary=f"{SURNAME} waits.", byline="By Zoe Quuxmary", content_note=f"On {NAME}.",
        body=f'<p>With <b>Zoë</b> {SURNAME} and <a href="/defenders/zoe-quuxmary/">her</a>. '
             f"Then {SURNAME} said: {PERSIAN}, Куксмари Зоя.</p>",
    )  # fmt: skip
    other = Story.objects.exclude(pk=story.pk).first()
    other.quotes.create(text=f"{NAME} taught us.", speaker="A pupil", role=f"pupil of {NAME}",
                        source_name=f"Letter to {NAME}",
                        source_url="https://example.org/zoe-quuxmary")  # fmt: skip
    other.sources.create(title=f"{NAME} on trial", publisher="P", published="2021",
                         url="https://example.org/zo%C3%AB-quuxm%C3%A1ry",
                         archive_url="https://archive.example/quuxmary-zoe")  # fmt: skip
    other.corrections.create(text=f"It was {NAME}.")
    other.updates.create(title=f"News of {NAME}", text=f"<p>{PERSIAN}</p>")
    another = make_defender(what_happened=f"Taught by {NAME}.", name="Ewa Nowak")
    another.incidents.create(happened_on="2026-01-02", text=f"With {NAME}.")
    Photo.objects.filter(pk=world.photo.pk).update(alt=f"{NAME}, left", caption=NAME)
    Statistic.objects.update(note=f"{NAME} counted.", source_url="https://example.org/ZoeQuuxmary")
    Theme.objects.update(definition=f"What {NAME} fought.")
    Partner.objects.update(role=f"Defends {NAME}", url="https://partner.example/quuxmary-zoe")
    world.defender.country.intro = f"Home of {NAME}."
    world.defender.country.save()
    make_page(title=f"For {NAME}", slug="for-zoe-quuxmary", body=f"<h2>{NAME}</h2><p>So.</p>")
    world.open.milestones.update(text=f"We visit {NAME}.")
    Demand.objects.filter(petition=world.open).update(text=f"Free {NAME}.", addressee=SURNAME)
    make_update(world.open, title=f"{NAME} writes", text=f"<p>{NAME}</p>")


def petitions_about(them: Defender) -> tuple[Petition, Petition]:
    """One that names them in its title, and one that does so in its text only."""
    named = make_petition(
        title=f"Free {NAME}", short_title=f"Free {SURNAME}", slug="free-zoe-quuxmary",
        text=f"<p>{NAME}</p>", result=f"<p>{NAME}</p>", occasion=f"The day of {NAME}",
        occasion_place=SURNAME, photo=them.photo,
    )  # fmt: skip
    named.demands.create(text=f"Free {NAME}", addressee="The minister")
    named.milestones.create(count=100, text=f"A visit to {NAME}")
    make_update(named, title=f"{NAME} is ill", text=f"<p>{PERSIAN}</p>")
    unnamed = make_petition(title="Free the teachers", text=f"<p>Among them {NAME}.</p>")
    for petition in (named, unnamed):
        petition.defenders.add(them)
    return named, unnamed


def translate_all_that_names_them(them: Defender) -> None:
    """Every text that names them, in French with the same words and in Chinese by another name."""
    put_into("zh-hans", them, name=CHINESE)
    for model in translations.translatable():
        for row in model._base_manager.all():
            texts = {name: getattr(row, name) for name in model.translated_fields}
            named = {k: f"Un.\n{v}" for k, v in texts.items() if "Zo" in v or "uuxm" in v.lower()}
            if named:
                put_into("fr", row, **named)
                if row != them:
                    put_into("zh-hans", row, **{name: f"关于{CHINESE}。" for name in named})


@pytest.fixture
def world():
    """One of everything, and somebody who is named in all of it."""
    made = make_world()
    made.them = make_them()
    name_them_elsewhere(made)
    made.named, made.unnamed = petitions_about(made.them)
    translate_all_that_names_them(made.them)
    Story.objects.first().defenders.add(made.them)
    search.index_all()
    return made


def addresses_in(world) -> list[str]:
    """All that anybody can open, in the rows' present addresses."""
    models = (Story, Defender, Petition, Page)
    rows = [row for model in models for row in model.objects.published()]
    return [
        *(address for name, address in world.addresses().items() if name != "media"),
        *(row.get_absolute_url() for row in rows),
        *(f"/{code}{row.get_absolute_url()}" for code in ("fr", "zh-hans") for row in rows),
        "/fr/",
        "/zh-hans/petitions/",
        "/feeds/languages/fr/atom.xml",
        "/search/?q=trial",
        "/feeds/rss.xml",
        "/feeds/feed.json",
        *(f"/sitemap-{part}.xml" for part in ("stories", "petitions", "pages")),
    ]


def asked(client, world) -> list[tuple[str, bytes]]:
    """What readers, search engines and feed readers get."""
    return [(address, client.get(address).getvalue()) for address in addresses_in(world)]


def test_after_one_action_the_name_is_found_nowhere(desk, client, tomas, world):
    said = json.dumps([{"added": {"name": "quote", "object": f"{NAME}: We stay."}}])
    for row in (world.them, world.story):
        LogEntry.objects.log_actions(tomas.pk, [row], CHANGE, change_message=said)
    card, old = cards.address(world.named), [row.get_absolute_url() for row in (
        world.them, world.named, Page.objects.get(slug="for-zoe-quuxmary"),
        Story.objects.get(slug="trial-of-zoe-quuxmary"))]  # fmt: skip
    files = [default_storage.url(name) for name in world.them.photo.files]
    assert len(places_of(everything_stored())) > 12
    assert len(places_of(asked(client, world))) > 12
    address = f"/admin/stories/defender/{world.them.pk}/withdraw/"

    page = desk.post(address, {"reason": "asked", "withdraw": "1"}).content.decode()

    assert "is found nowhere else" in page
    assert places_of(everything_stored()) == set()
    client.logout()
    assert places_of(asked(client, world)) == set()
    for gone in [*old, *files]:
        assert client.get(gone).status_code == 410, gone
    assert client.get(card).status_code == 404
    originals_of_stories = SearchEntry.objects.filter(kind="story", is_translation=False)
    assert originals_of_stories.count() == Story.objects.published().count()
    assert SearchEntry.objects.filter(is_translation=True, text__contains="[").exists()
    search.index_all()
    assert places_of(everything_stored()) == set()


def test_what_stays_is_still_worth_reading(desk, world):
    withdrawal.withdraw(world.them, "asked", "tomas")
    story = Story.objects.get(title="The trial of [name withheld]")
    assert story.slug == f"story-{story.pk}"
    assert story.body.startswith("<p>With <b>[name withheld]</b> and <a>her</a>. Then [name ")
    assert story.updated_at > story.published_at
    world.unnamed.refresh_from_db()
    assert world.unnamed.text == "<p>Among them [name withheld].</p>"
    french = world.unnamed.translations.get(language="fr").words["text"]
    assert french.startswith("Un.\n<p>Among them [")
    assert world.unnamed.translations.get(language="zh-hans").words["text"].startswith("关于[")
    assert not world.unnamed.is_open
    assert [u.title for u in world.unnamed.updates.published()] == ["Signing has ended"]
    assert Partner.objects.get().url == "https://partner.example/"
    world.open.refresh_from_db()
    assert world.open.is_open  # it was not about them


def test_the_staff_log_tells_of_it_by_numbers(desk, world):
    withdrawal.withdraw(world.them, "asked", "tomas")
    lines = {(line.act, line.about) for line in StaffAct.objects.all()}
    assert ("defender withdrawn", f"defender {world.them.pk}") in lines
    assert ("petition withdrawn", f"petition {world.named.pk}") in lines
    assert ("petition paused", f"petition {world.unnamed.pk}") in lines
    withheld = StaffAct.objects.get(act="name withheld", about=f"petition {world.unnamed.pk}")
    assert withheld.facts == {"fields": ["text"]}
    assert StaffAct.objects.exclude(act="tried").values("who").distinct().get() == {"who": "tomas"}


def test_where_anything_goes_wrong_not_a_word_is_changed(world, monkeypatch):
    before = sorted(everything_in_tables())

    def fail(gone: withdrawal.Gone) -> None:
        raise OSError

    monkeypatch.setattr(withdrawal, "ALSO", [*withdrawal.ALSO, fail])
    with pytest.raises(OSError):
        withdrawal.withdraw(world.them, "asked", "tomas")
    assert sorted(everything_in_tables()) == before


def test_tomas_unticks_a_text_keeps_a_petition_and_is_told_what_remains(desk, world):
    address = f"/admin/stories/defender/{world.them.pk}/withdraw/"
    page = desk.get(address).content.decode()
    offered = re.findall(r'name="withhold" value="([^"]+)" checked', page)
    kept = f"stories.country:{world.defender.country.pk}:intro"
    assert kept in offered
    assert f'name="fate-petitions.petition:{world.named.pk}" value="withdraw" checked' in page
    assert f'name="fate-petitions.petition:{world.unnamed.pk}" value="pause" checked' in page
    answer = {
        "reason": "asked",
        "withdraw": "1",
        "offered": offered,
        "withhold": [one for one in offered if one != kept],
        f"fate-petitions.petition:{world.named.pk}": "pause",
        f"fate-petitions.petition:{world.unnamed.pk}": "keep",
    }
    page = desk.post(address, answer).content.decode()
    assert "The work is not done" in page
    assert f"/admin/stories/country/{world.defender.country.pk}/change/" in page
    # The index says what the page says, and SQLite's own reads it from there.
    copies = {"table stories_searchentry", "table search_by_part"}
    assert places_of(everything_in_tables()) - copies == {"table stories_country"}
    world.named.refresh_from_db()
    world.unnamed.refresh_from_db()
    assert world.unnamed.is_open
    assert (world.named.is_withdrawn, world.named.is_open) == (False, False)
    assert (world.named.title, world.named.slug) == (
        "Free [name withheld]", f"petition-{world.named.pk}",
    )  # fmt: skip


def test_a_text_that_was_saved_since_the_page_was_opened_is_rewritten_too(desk, world):
    late = make_story(body=f"<p>{NAME}</p>")
    withdrawal.withdraw(world.them, "asked", "tomas")
    late.refresh_from_db()
    assert late.body == "<p>[name withheld]</p>"


def test_what_no_machine_can_change_is_told(desk, world):
    StaffAct.objects.create(number=99, at=timezone.now(), who="t", act="a", about=NAME, facts={},
                            hash=b"x", previous_hash=b"y")  # fmt: skip
    Partner.objects.update(url="https://zoe-quuxmary.example/")
    content = with_iptc(encoded(picture()), "Seen with Zoe Quuxmary")
    photo = stored_photo(content=content, alt="A street")
    before = {
        place.mention.name for place in withdrawal.outlook(world.them).places if place.value is None
    }
    gone = withdrawal.withdraw(world.them, "asked", "tomas")
    assert before == {"about", "url", "original"}
    left = {(place.mention.row._meta.model_name, place.mention.name) for place in gone.left}
    assert left == {("staffact", "about"), ("partner", "url"), ("photo", "original")}
    photo.refresh_from_db()
    assert photo.caption_original == "Seen with [name withheld]"
    assert Path(photo.original.path).exists()


def test_a_copy_in_the_index_that_is_older_than_its_text_goes_too(world):
    story = Story.objects.filter(title__startswith="Story").first()
    SearchEntry.objects.filter(kind="story", key=str(story.pk)).update(text=f"With {NAME}.")
    withdrawal.withdraw(world.them, "asked", "tomas")
    assert places_of(everything_in_tables()) == set()


def test_a_feed_gets_one_tombstone_and_none_for_what_only_moved(client, world):
    story = Story.objects.get(slug="trial-of-zoe-quuxmary")
    withdrawal.withdraw(world.them, "asked", "tomas")
    public = Withdrawal.objects.filter(was_public=True)
    assert not public.filter(kind="story").exclude(number=0).exists()
    assert public.filter(kind="petition", number=world.named.pk).count() == 1
    feed = client.get("/feeds/atom.xml").content.decode()
    assert feed.count(f":story-{story.pk}</id>") == 1


def test_after_a_backup_the_names_are_withheld_once_more(world):
    story = Story.objects.get(slug="trial-of-zoe-quuxmary")
    withdrawal.withdraw(world.them, "asked", "tomas")
    # What the backup has: the profile, a story as it was, and an update of a petition.
    make_defender(name=NAME, slug="zoe-quuxmary")
    Story.objects.filter(pk=story.pk).update(slug="trial-of-zoe-quuxmary", title=f"Of {NAME}")
    assert withdrawal.withdraw_again()[0] == 2
    story.refresh_from_db()
    assert (story.title, story.slug) == ("Of [name withheld]", f"story-{story.pk}")
    assert places_of(everything_in_tables()) == set()
    assert PetitionsUpdate.objects.exists()
