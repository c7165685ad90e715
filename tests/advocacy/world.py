"""One of everything, published and related, and the address of every page of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from petitions import counting, integrity, stafflog, subscribing
from petitions.models import (
    Block,
    Destruction,
    Invalidation,
    Petition,
    Signature,
    Subscription,
    Switches,
)
from stories import cards, locking, search, withdrawal
from stories.models import (
    Consent,
    Country,
    Defender,
    GuardedName,
    Partner,
    Photo,
    Story,
    Theme,
    Withdrawal,
)
from stories.translations import Translatable
from tests.factories import (
    confirm,
    make_country,
    make_defender,
    make_page,
    make_petition,
    make_signature,
    make_statistic,
    make_story,
    make_subscription,
    make_theme,
    make_update,
    token_for,
)
from tests.stories.uploads import stored_photo


@dataclass
class World:
    """Rows to ask for."""

    story: Story
    defender: Defender
    theme: Theme
    photo: Photo
    open: Petition
    closed: Petition
    pending: Signature
    counted: Signature
    shown: Signature
    held: Signature
    of_withdrawn: Signature

    def addresses(self) -> dict[str, str]:
        """By view name, where every page for readers is; patterns of the admin are not here."""
        token = token_for(self.pending)
        of_counted = token_for(self.counted)
        to_stop = subscribing.token_to_stop(Subscription.objects.first())
        slug = self.open.slug
        return {
            "home": "/",
            "browser_history": "/browser-history/",
            "styleguide:components": "/styleguide/",
            "styleguide:fault": "/styleguide/faults/400/",
            "robots": "/robots.txt",
            "sitemaps": "/sitemap.xml",
            "sitemap": "/sitemap-stories.xml",
            "news_sitemap": "/news-sitemap.xml",
            "feeds:site": "/feeds/atom.xml",
            "feeds:stories": "/feeds/stories/atom.xml",
            "feeds:petitions": "/feeds/petitions/atom.xml",
            "feeds:country": "/feeds/countries/ir/rss.xml",
            "feeds:theme": f"/feeds/themes/{self.theme.slug}/feed.json",
            "feeds:language": "/feeds/languages/en/atom.xml",
            "share_card": cards.address(self.story),
            "favicon": "/favicon.ico",
            "healthz": "/healthz",
            "readyz": "/readyz",
            "metrics": "/metrics",
            "media": self.photo.url(640),
            "petitions:petition_list": reverse("petitions:petition_list"),
            "petitions:petition_detail": reverse("petitions:petition_detail", args=[slug]),
            "petitions:sign": reverse("petitions:sign", args=[slug]),
            "petitions:signed": reverse("petitions:signed", args=[slug]),
            "petitions:count": reverse("petitions:count", args=[slug]),
            "petitions:qr": reverse("petitions:qr", args=[slug]),
            "petitions:signature": reverse("petitions:signature", args=[token]),
            "petitions:confirm": reverse("petitions:confirm", args=[token]),
            "petitions:change_level": reverse("petitions:change_level", args=[token]),
            "petitions:withdraw": reverse("petitions:withdraw", args=[token]),
            "petitions:withdrawn": reverse("petitions:withdrawn", args=[slug]),
            "petitions:ask_for_updates": reverse("petitions:ask_for_updates", args=[of_counted]),
            "petitions:start_updates": reverse("petitions:start_updates", args=[of_counted]),
            "petitions:stop_updates": reverse("petitions:stop_updates", args=[of_counted]),
            "petitions:updates_asked": reverse("petitions:updates_asked", args=[slug]),
            "petitions:stop_by_mail": reverse("petitions:stop_by_mail", args=[to_stop]),
            "petitions:enter_code": reverse("petitions:enter_code", args=[slug]),
            "petitions:lost_link": reverse("petitions:lost_link", args=[slug]),
            "petitions:link_sent": reverse("petitions:link_sent", args=[slug]),
            "stories:story_list": reverse("stories:story_list"),
            "stories:story_detail": self.story.get_absolute_url(),
            "stories:defender_list": reverse("stories:defender_list"),
            "stories:defender_detail": self.defender.get_absolute_url(),
            "stories:country_list": reverse("stories:country_list"),
            "stories:country_detail": self.defender.country.get_absolute_url(),
            "stories:theme_detail": self.theme.get_absolute_url(),
            "stories:statistic_list": reverse("stories:statistic_list"),
            "stories:search": "/search/?q=happened",
            "stories:page_detail": "/about/",
        }

    def pages(self) -> list[str]:
        """Where a GET answers with HTML, in every state that a page can be in."""
        named = self.addresses()
        for not_a_page in ("robots", "sitemaps", "sitemap", "news_sitemap", "feeds:site",
                           "feeds:stories", "feeds:petitions", "feeds:country", "feeds:theme",
                           "feeds:language", "share_card", "favicon", "healthz", "readyz",
                           "metrics",
                           "media", "petitions:count", "petitions:qr", "petitions:sign",
                           "petitions:confirm", "petitions:change_level", "petitions:withdraw",
                           "petitions:start_updates", "petitions:stop_updates"):  # fmt: skip
            del named[not_a_page]
        others = [
            self.closed.get_absolute_url(),
            *(
                reverse("petitions:signature", args=[token_for(row)])
                for row in (self.counted, self.shown, self.held, self.of_withdrawn)
            ),
            reverse("petitions:withdrawn", args=[self.of_withdrawn.petition.slug]),
            "/signatures/not-one-of-ours/",
            "/defenders/in-memory/",
            "/defenders/river-council/",
            "/stories/long-ago/",
            "/search/",
            "/search/?q=nothing+of+the+kind",
            "/nowhere/",
            "/stories/withdrawn/",
            "/nowhere/at/all",
        ]
        return [*named.values(), *others]


def make_world() -> World:
    """One of everything, related to everything."""
    photo, theme, country = (
        stored_photo(),
        make_theme(method="We count people."),
        make_country("IR"),
    )
    Country.objects.update(boundary_note="A part of this border is disputed.")
    partner = Partner.objects.create(name="Writers’ House", url="https://example.org", role="r")
    make_page(slug="home", title="Justice for all")
    for slug in ("about", "get-involved", "privacy"):
        make_page(slug=slug, is_in_menu=True, body="<h2>How</h2><p>So.</p>")
    make_statistic(
        theme=theme, country=country, is_featured=True, compared_value=130, compared_year=2014,
        archive_url="https://example.org/copy",
    )  # fmt: skip
    story = make_story(photo=photo, content_note="Describes violence.")
    make_story(photo=photo).themes.add(theme)
    defender = make_defender(
        photo=photo, country=country, condition="detained", condition_since=date(2026, 1, 2)
    )
    make_defender(slug="in-memory", condition="killed", condition_since=date(2016, 3, 2))
    make_long_known(theme)
    photo.stories_shown.add(story)
    photo.defenders_shown.add(defender)
    fill_in(story, defender, theme)
    photo.defenders_shown.add(defender)
    photo.stories_shown.add(story)
    petitions = [
        make_petition(
            photo=photo, closes_at=timezone.now() + timedelta(days=days), shows_names=True
        )
        for days in (9, 8)
    ]
    for petition in petitions:
        petition.demands.create(text="Free them.", addressee="The minister")
        petition.milestones.create(count=1000, text="We hand it in.")
        for name, row in (("stories", story), ("defenders", defender), ("themes", theme),
                          ("countries", country), ("partners", partner)):  # fmt: skip
            getattr(petition, name).add(row)
    pending, counted = (make_signature(petitions[n], f"m{n}@example.org") for n in (0, 1))
    confirm(counted)
    shown, held = (
        make_signature(petitions[0], f"{name}@example.org", level="public", shown_name=name)
        for name in ("Noor", "Li")
    )
    for row in (shown, held):
        confirm(row)
    Signature.objects.filter(pk=shown.pk).update(name_state=Signature.NameState.SHOWN)
    integrity.hold(held, "tomas")
    counting.count_all()
    closed = make_petition(closes_at=timezone.now(), outcome="won", result="<p>Free.</p>")
    make_desk_rows(petitions[0], closed)
    of_withdrawn = make_withdrawn()
    make_translations(story, defender, theme, photo, petitions[0], *petitions[0].demands.all())
    search.index_all()
    states = (pending, counted, shown, held, of_withdrawn)
    return World(story, defender, theme, photo, petitions[0], closed, *states)


def make_translations(*rows: Translatable) -> None:
    """The same in Arabic by a machine, and in Russian as a draft."""
    for row in rows:
        words = {name: "ترجمة" for name in row.translated_fields if getattr(row, name)}
        row.translations.create(language="ar", words=words, is_published=True, is_by_machine=True)
        row.translations.create(language="ru", words=dict.fromkeys(words, "Черновик"))


def make_withdrawn() -> Signature:
    """Of somebody who signed a petition that was withdrawn."""
    petition = make_petition(title="Withdrawn", slug="was-withdrawn")
    signature = make_signature(petition, "ewa@example.org")
    confirm(signature)
    counting.count_all()
    withdrawal.withdraw(petition, "danger", "tomas")
    return Signature.objects.get(pk=signature.pk)


def make_desk_rows(petition: Petition, closed: Petition) -> None:
    """What editors and the worker leave behind."""
    update = make_update(petition)
    update.deliveries.create(subscription=make_subscription(petition), give_up_after=timezone.now())
    Block.objects.create(domain="robots.example")
    Invalidation.objects.create(
        petition=petition, standing="held", criteria={}, last_signature_id=0, expected_count=0,
        finished_at=timezone.now(),
    )  # fmt: skip
    stafflog.record("tomas", "tried")
    Switches.objects.create(pk=1)
    Destruction.objects.create(petition=closed, began_on=date(2026, 1, 2))
    Consent.objects.create(
        defender=Defender.objects.first(),
        given_by="self",
        given_on=date(2026, 1, 2),
        covers_face=True,
    )
    GuardedName.objects.create(locked_name=locking.lock("Zephyrine Quux"))
    Withdrawal.objects.create(
        kind="story", number=0, path_hash=locking.keyed_hash("/stories/withdrawn/"),
        withdrawn_on=date(2026, 1, 2), reason="asked", was_public=True,
    )  # fmt: skip


def make_long_known(theme: Theme) -> None:
    """What is old, known only roughly, said under other names, or from a source that we protect."""
    council = make_defender(
        slug="river-council", kind="community", is_pseudonym=True, other_names="نهر\nRío",
        condition="disappeared", condition_since=date(2021, 6, 1),
        condition_since_precision="month",
    )  # fmt: skip
    story = make_story(
        slug="long-ago", kicker="The river", kind="outcome", checked_on=date(2026, 1, 2),
        published_at=timezone.now() - timedelta(days=1000),
    )  # fmt: skip
    for row in (council, story):
        row.themes.add(theme)
        row.sources.create(title="A letter", publisher="P", published="2021", is_withheld=True)
    council.incidents.create(
        happened_on=date(2021, 6, 1), ended_on=date(2022, 1, 1), precision="month",
        violation="threat", perpetrator="unknown", place="The valley", text="Letters came.",
        verification="checking", source=council.sources.get(),
    )  # fmt: skip


def fill_in(story: Story, defender: Defender, theme: Theme) -> None:
    """Sources, quotes and incidents, and who belongs to what."""
    story.themes.add(theme)
    story.defenders.add(defender)
    story.countries.add(defender.country)
    defender.themes.add(theme)
    for row in (story, defender):
        row.sources.create(
            title="T", publisher="P", published="2021", url="https://example.org/t",
            archive_url="https://example.org/copy", opened_on=date(2026, 1, 2),
        )  # fmt: skip
        row.corrections.create(text="We wrote 2020; it was 2021.")
        row.updates.create(title="She was heard", text="<p>At last.</p>")
        row.quotes.create(text="We stay.", speaker="S", source_name="N", said_on=date(2021, 3, 16))
    defender.incidents.create(
        happened_on=date(2026, 1, 2), text="Arrested.", source=defender.sources.get(),
        violation="detention", perpetrator="state", verification="confirmed",
    )  # fmt: skip
    Defender.objects.filter(pk=defender.pk).update(condition_source=defender.sources.get())
