"""What is public: the one answer that every view, feed and list asks for."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PublishedQuerySet(models.QuerySet):
    """Rows that wait for their day, and rows that can be seen."""

    def published(self) -> "PublishedQuerySet":
        """Rows that anybody may see at this moment."""
        return self.filter(
            status=Publishable.PublicationStatus.PUBLISHED, published_at__lte=timezone.now()
        )


class Publishable(models.Model):
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
