"""Petitions in full for feed readers: what is asked, of whom, why, and until when."""

from datetime import datetime
from html import escape

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from petitions.models import Petition, Update
from stories import feeds, figures, translations
from stories.models import Withdrawal
from stories.plaintext import with_whole_links
from stories.templatetags.days import last_day


def register() -> None:
    """Let feeds carry petitions."""
    carried = feeds.Carried(
        name=gettext_lazy("Petitions"),
        description=gettext_lazy("What we ask, of whom, and by when."),
        list_view="petitions:petition_list",
        rows=_petitions,
        entry=_of_petition,
    )
    feeds.register(Withdrawal.Kind.PETITION, carried)


def _petitions() -> QuerySet[Petition]:
    news = Prefetch("updates", Update.objects.published())
    petitions = Petition.objects.for_engines().order_by("-published_at", "-pk")
    return petitions.prefetch_related("themes", "demands", news)


def _of_petition(petition: Petition) -> feeds.Entry:
    return feeds.Entry(
        kind=Withdrawal.Kind.PETITION,
        number=petition.pk,
        title=petition.title,
        summary=petition.summary,
        link=petition.get_absolute_url(),
        published_at=petition.published_at,
        updated_at=max(filter(None, [_changed_at(petition), translations.changed_at(petition)])),
        content=_content(petition),
        language=translations.shown_language(petition),
        themes=tuple(theme.name for theme in petition.themes.all()),
    )


def _changed_at(petition: Petition) -> datetime:
    """When there was something new: its opening, its news, its end."""
    moments = [petition.published_at, *(update.published_at for update in petition.updates.all())]
    return max(moments if petition.is_open else [*moments, petition.closes_at])


def _content(petition: Petition) -> str:
    """The petition as its page tells it: the result first, the form's address last."""
    demands = "".join(
        f"<li><strong>{escape(demand.addressee)}</strong>: {escape(demand.text)}</li>"
        for demand in petition.demands.all()
    )
    news = "".join(
        f"<h3>{escape(update.title)}</h3><p>{_day(update.published_at)}</p>{update.text}"
        for update in petition.updates.all()
    )
    parts = [
        _part(_("What came of it"), str(petition.result)),
        _occasion(petition),
        _part(_("We ask"), f"<ol>{demands}</ol>" if demands else ""),
        _part(_("Why"), str(petition.text)),
        _part(_("News"), news),
        _end(petition),
    ]
    return with_whole_links("".join(parts), settings.SITE_URL)


def _part(heading: str, html: str) -> str:
    return f"<h2>{heading}</h2>{html}" if html else ""


def _occasion(petition: Petition) -> str:
    day = figures.day(petition.occasion_on) if petition.occasion_on else ""
    comma = pgettext("between the parts of a line", ", ")
    said = comma.join(filter(None, [petition.occasion, day, petition.occasion_place]))
    return f"<p>{escape(said)}</p>" if petition.occasion else ""


def _end(petition: Petition) -> str:
    if not petition.is_open:
        words = _("This petition has closed.")
        return f"<p>{words}</p>"
    until = ""
    if petition.closes_at:
        day = figures.day(last_day(petition.closes_at))
        until = _("Signatures are taken until %(day)s.") % {"day": day}
    words = _("Read and sign")
    link = f'<a href="{petition.get_absolute_url()}#sign">{words}</a>'
    return f"<p>{until} {link}</p>"


def _day(moment: datetime) -> str:
    return figures.day(localdate(moment))
