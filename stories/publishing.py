"""What is public: the one answer that every view, feed and list asks for."""

from collections.abc import Callable
from functools import wraps

from django.db import models
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control

from stories import replica
from stories.photos import Photo
from stories.translations import Translatable, TranslatedQuerySet

# nginx reads it before all else, and does not pass it on.
NGINX_KEEPS_SECONDS = "1"


def for_everybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Of a view whose page is the same for everybody: it may be kept, here and by a proxy.

    A browser asks each time whether it has changed, so that whoever comes back from signing sees
    the new number. A proxy may show it for some seconds without asking, and for some more while
    it asks: so long may somebody who was withdrawn be seen there still; for an hour while the site
    does not answer at all. What is for proxies only stands in a field of theirs (RFC 9213), since
    browsers would take it for themselves.
    """

    made = replica.while_made(view)

    @cache_control(public=True, max_age=0, s_maxage=5, stale_if_error=3600)
    @wraps(view)
    def kept(*args: object, **kwargs: object) -> HttpResponse:
        """The view's page, with what proxies may do."""
        response = made(*args, **kwargs)
        response.headers["CDN-Cache-Control"] = (
            "max-age=5, stale-while-revalidate=30, stale-if-error=3600"
        )
        response.headers["X-Accel-Expires"] = NGINX_KEEPS_SECONDS
        return response

    return kept


class PublishedQuerySet(TranslatedQuerySet):
    """Rows that wait for their day, and rows that can be seen."""

    def published(self) -> "PublishedQuerySet":
        """Rows that anybody may see at this moment."""
        return self.filter(
            status=Publishable.PublicationStatus.PUBLISHED, published_at__lte=timezone.now()
        )

    def with_photo(self) -> "PublishedQuerySet":
        """Rows with their photos and what may keep those away, by one question for all."""
        return self.prefetch_related(models.Prefetch("photo", Photo.objects.with_faces()))

    def for_engines(self) -> "PublishedQuerySet":
        """Of rows with a visibility, those that search engines and feeds may carry away."""
        return self.published().exclude(visibility=WithVisibility.Visibility.NOT_FOUND)


class Publishable(Translatable):
    """A draft, or something published from a moment on; a moment to come schedules it."""

    class PublicationStatus(models.TextChoices):
        """Whether editors have released it; the moment decides the rest."""

        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    status = models.CharField(
        _("status"),
        max_length=10,
        choices=PublicationStatus,
        default=PublicationStatus.DRAFT,
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        """Whether anybody may see it at this moment: `published()` of one row at hand."""
        is_released = self.status == self.PublicationStatus.PUBLISHED
        return is_released and self.published_at is not None and self.published_at <= timezone.now()


class WithVisibility(models.Model):
    """Something that may be read here by anybody, but need not be carried everywhere."""

    class Visibility(models.TextChoices):
        """How far machines may carry it."""

        EVERYWHERE = "everywhere", _("everywhere")
        NO_PICTURE = "no_picture", _("without a picture in previews")
        NOT_FOUND = "not_found", _("not in search engines, feeds and previews")

    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility,
        default=Visibility.EVERYWHERE,
        help_text=_("What search engines and networks may take with them. Not all of them obey."),
    )

    class Meta:
        abstract = True

    @property
    def robots(self) -> str:
        """What its page says to search engines; empty where there is nothing to say."""
        return {"no_picture": "max-image-preview:none", "not_found": "noindex"}.get(
            self.visibility, ""
        )

    @property
    def has_share_card(self) -> bool:
        """Whether previews of its page may show a card with its name."""
        return self.visibility == self.Visibility.EVERYWHERE


def with_visibility(response: HttpResponse, row: WithVisibility) -> HttpResponse:
    """Say in a header, too, what search engines may do, for those that do not read the page."""
    if row.robots:
        response.headers["X-Robots-Tag"] = row.robots
    return response
