"""What the style guide shows: rows that are never saved, so that it asks the database nothing."""

from datetime import date, timedelta
from types import SimpleNamespace

from django.core.paginator import Paginator
from django.db.models import Model
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from petitions import guard, passes
from petitions.forms import SignForm
from petitions.models import Demand, Destruction, Milestone, Petition, Tally, Update
from petitions.models.switches import Banner
from stories import sharing
from stories.evidence import Incident, Quote, Source, Statistic
from stories.models import Correction, Country, Defender, Partner, Story, Theme
from stories.photos import Photo

DAY = date(2026, 2, 3)
LONG = (
    "Release every teacher, nurse, journalist and lawyer who was arrested for having asked where "
    "their neighbours are, and say in public who gave the order"
)
RICH = (
    "<p>A paragraph with <strong>strong words</strong>, <em>other words</em> and "
    '<a href="#rich-text">a link</a>.</p><h2>A heading</h2><p>What follows it.</p>'
    "<ul><li>One thing.</li><li>Another.</li></ul><blockquote><p>What somebody said.</p>"
    "</blockquote>"
)


def all_of_them() -> dict[str, object]:
    """By the names that the style guide's template uses."""
    open_petition = petition("Let them come home", 236, [250, 500])
    return {
        "photo": photo(),
        "graphic": photo(is_graphic=True, alt="A wall with marks of bullets."),
        "stories": stories(),
        "defenders": defenders(),
        "petitions": petitions(),
        "petition": open_petition,
        "closed": petition("It has closed", 1204, [], closes_at=_days_ago(40), outcome="closed"),
        "destroyed": destroyed(),
        "form": SignForm(QueryDict("email=mira@"), petition=open_petition),
        "obstacle": obstacle(),
        "demands": [
            Demand(text="Release them, today and without conditions.", addressee="The president"),
            Demand(text=LONG, addressee="The minister of the interior"),
        ],
        "banners": banners(),
        "names": [
            SimpleNamespace(name="Mira", country="Germany"),
            SimpleNamespace(name="نور", country=""),
        ],
        "updates": [
            Update(pk=1, title="They were heard", text=RICH, published_at=_days_ago(2)),
            Update(pk=2, title=LONG, text="<p>Not yet.</p>", published_at=_days_ago(9)),
        ],
        "countries": [_here(Country(code=code)) for code in ("IR", "HN")],
        "themes": [_here(Theme(name="Press freedom")), _here(Theme(name=LONG))],
        "partners": [
            Partner(name="Common Table", url="https://example.org/", role="Checks our facts."),
            Partner(name=LONG, url="https://example.org/", role=LONG),
        ],
        "quotes": quotes(),
        "incidents": incidents(),
        "sources": sources(),
        "corrections": [Correction(pk=1, text="We wrote 2020; it was 2021.", made_on=DAY)],
        "statistics": statistics(),
        "page": Paginator(range(30), 10).get_page(2),
        "rich": RICH,
        "ways": sharing.ways("Let them come home", "https://example.org/"),
        "forms": [("Atom", "#follow"), ("RSS", "#follow")],
    }


def banners() -> list[Banner]:
    """A calm one, and an important one in another language than the page."""
    return [
        Banner("We move to another machine tonight. The site may be slow.", "en", False),
        Banner("لا تفتحوا رسائل من عناوين لا تعرفونها. اكتبوا إلينا.", "ar", True),
    ]


def photo(**wish: object) -> SimpleNamespace:
    """A picture that anybody may see anywhere; the carved block stands in for it."""
    file = static("img/carved.svg")
    defaults = {
        "Context": Photo.Context, "Minors": Photo.Minors, "context": "", "minors": "none",
        "has_uncovered_face": False, "has_hidden_face": False, "is_ready": True,
        "is_graphic": False, "sources": [], "phone_sources": [], "card_sources": [],
        "middle_url": file, "jpegs": f"{file} 400w",
        "width": 400, "height": 500, "alt": "Gouges around an empty middle.", "focus": "",
        "caption": "A caption says what is to be seen.", "credit": "Drawing: somebody",
        "may_stand": lambda place: True,
    }  # fmt: skip
    return SimpleNamespace(**defaults | wish)


def stories() -> list[Story]:
    """With a picture and without, very long, in another script."""
    plain = Story(title="Eight names", summary="What is known of each.", kicker="Atlanta")
    pictured = Story(title="Exile is not silence", summary="Two who went on.", kind="profile")
    long = Story(title=LONG, summary=LONG, kicker=LONG, content_note="Describes violence.")
    other = Story(title="بيت في المنفى", summary="قصة قصيرة جدا.", language="ar")
    _with(pictured, photo=photo())
    for row in (plain, pictured, long, other):
        row.published_at = _days_ago(3)
    return [_with(_here(row), photo=getattr(row, "photo", None))
            for row in (pictured, plain, long, other)]  # fmt: skip


def defenders() -> list[Defender]:
    """Somebody detained, somebody with a long name, a community, somebody who is dead."""
    shared = {
        "occupation": "Lawyer", "summary": "Defends a river.", "condition_confirmed_on": DAY,
    }  # fmt: skip
    rows = [
        Defender(name="نرگس محمدی", condition="detained", condition_since=DAY, **shared),
        Defender(
            name="Maria das Dores de Jesus Nascimento Albuquerque dos Santos-Oliveira",
            name_original="مريم", name_original_language="ar", condition="threatened", **shared,
        ),
        Defender(name="River Council", kind="community", condition="disappeared", **shared),
        Defender(name="Berta Cáceres", condition="killed", condition_since=DAY, **shared),
    ]  # fmt: skip
    _with(rows[0], photo=photo())
    for row in rows[1:]:
        _with(row, photo=None)
    return [_with(_here(row), country=Country(code="HN")) for row in rows]


def petitions() -> list[Petition]:
    """Open, open with a very long title and nobody yet, closed, won."""
    past = _days_ago(40)
    return [
        petition("Let them come home", 236, [250], closes_at=timezone.now() + timedelta(days=9)),
        petition(LONG, 0, [1_000_000]),
        petition("It has closed", 1204, [], closes_at=past, outcome="closed"),
        petition("They are home", 98_765, [], closes_at=past, outcome="won"),
    ]


def petition(title: str, count: int, milestones: list[int], **more: object) -> Petition:
    """A petition with so many signatures."""
    row = Petition(pk=0, title=title, slug="sample", summary="They did nothing but ask.", **more)
    row.tally = Tally(total=count)
    found = [Milestone(count=100, text="We write to the minister.", reached_on=DAY)]
    found += [Milestone(count=number, text=LONG) for number in milestones]
    row._prefetched_objects_cache = {"milestones": found}
    return _with(_here(row), destruction=None)


def destroyed() -> Petition:
    """A petition of which nobody knows any more who signed it."""
    row = petition("Nothing is left of who signed", 1204, [], closes_at=_days_ago(400))
    return _with(row, destruction=Destruction(began_on=DAY, ended_on=DAY, records_count=1204))


def obstacle() -> guard.Obstacle:
    """Somebody is stopped; the calculation takes no time here."""
    challenge = passes.make_challenge("styleguide", 0.000_001)
    sentence = "Very many signatures come from your network at the moment."
    return guard.Obstacle(sentence, 429, passes.make_ticket("styleguide", 20), challenge)


def quotes() -> list[Quote]:
    """In the page's language, and in another one with a translation."""
    said = {"speaker": "Berta Cáceres", "source_name": "A speech", "said_on": DAY}
    return [
        Quote(text="We stay.", role="Coordinator", **said),
        Quote(text="ما می‌مانیم.", language="fa", translation="We stay.", **said),
    ]


def incidents() -> list[Incident]:
    """What is confirmed, and what is doubtful."""
    return [
        Incident(
            happened_on=DAY, text="Arrested at home.", violation="detention", perpetrator="state",
            verification="confirmed", place="Tehran",
        ),
        Incident(
            happened_on=DAY, ended_on=date(2026, 8, 1), precision="month", text=LONG,
            violation="threat", perpetrator="unknown", verification="checking",
        ),
    ]  # fmt: skip


def sources() -> list[Source]:
    """A report, and something without an address."""
    return [
        Source(
            pk=1, title=LONG, publisher="A newspaper", published="2026",
            url="https://example.org/a/very/long/address/of-a-report-that-has-no-short-one.html",
            archive_url="https://example.org/copy", opened_on=DAY,
        ),
        Source(pk=2, title="A letter", publisher="A witness", published="2020"),
    ]  # fmt: skip


def statistics() -> list[Statistic]:
    """At least, compared, a share, very long."""
    shared = {"source_name": "A yearbook", "source_url": "https://example.org/", "year": 2025,
              "source_year": 2026, "checked_on": timezone.localdate()}  # fmt: skip
    rows = [
        Statistic(value=324, label="people were killed", qualifier="at_least", **shared),
        Statistic(value=138_000_000, label="children worked", qualifier="about",
                  compared_value=160_000_000, compared_year=2020, **shared),
        Statistic(value=75, unit="%", label="of them in one region", qualifier="exactly", **shared),
        Statistic(value=123_456_789, label=LONG, qualifier="exactly", scope=LONG, **shared),
    ]  # fmt: skip
    return [_here(row) for row in rows]


def _here(row: Model) -> Model:
    """A row whose page is the style guide."""
    row.get_absolute_url = lambda: reverse("styleguide:components")
    return row


def _with(row: Model, **related: object) -> Model:
    """A row that need not ask the database for these relations; None is nothing."""
    row._state.fields_cache.update(related)
    return row


def _days_ago(days: int) -> object:
    return timezone.now() - timedelta(days=days)
