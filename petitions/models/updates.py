"""What we tell those who asked to be told, and where it goes."""

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from petitions import sealing
from petitions.models.outbox import Outgoing
from petitions.models.petition import Petition
from stories.models import PUBLISHED_HAS_A_MOMENT
from stories.publishing import Publishable, PublishedQuerySet
from stories.richtext import rich_text


class UpdateQuerySet(PublishedQuerySet):
    """Updates by how far they have gone."""

    def sending(self) -> "UpdateQuerySet":
        """Those on their way, or stopped on it."""
        return self.filter(sending_began_at__isnull=False, sending_ended_at=None)

    def with_progress(self) -> "UpdateQuerySet":
        """With what waits and what was given up."""
        return self.annotate(
            waiting_count=Count("deliveries", filter=Q(deliveries__refused_on=None)),
            refused_count=Count("deliveries", filter=~Q(deliveries__refused_on=None)),
        )


class Update(Publishable):
    """Something new about a petition: on its page, and by mail to those who asked for that."""

    translated_fields = ("title", "text")

    petition = models.ForeignKey(
        Petition, on_delete=models.CASCADE, related_name="updates", verbose_name=_("petition")
    )
    title = models.CharField(_("title"), max_length=160)
    text = rich_text(_("text"))
    # Sending it by mail is an act of its own, after publishing.
    sending_began_at = models.DateTimeField(null=True, editable=False)
    sending_stopped_at = models.DateTimeField(null=True, editable=False)
    sending_ended_at = models.DateTimeField(null=True, editable=False)
    recipients_count = models.PositiveIntegerField(default=0, editable=False)
    sent_count = models.PositiveIntegerField(default=0, editable=False)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name, verbose_name_plural = _("update"), _("updates")
        constraints = [
            models.CheckConstraint(
                name="a_published_update_has_a_moment", condition=PUBLISHED_HAS_A_MOMENT
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it stands on the petition’s page."""
        return f"{self.petition.get_absolute_url()}#update-{self.pk}"

    @property
    def is_sending(self) -> bool:
        """Whether it is on its way, or was stopped on it."""
        return bool(self.sending_began_at) and not self.sending_ended_at


class Subscription(models.Model):
    """That somebody asked for updates on one petition: a consent and a store of their own.

    The address is locked with the server's key, so that it can be written to; it goes as soon as
    its owner says so, withdraws, or the petition's records are destroyed.
    """

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="subscriptions")
    duplicate_hash = models.BinaryField(max_length=sealing.DUPLICATE_HASH_BYTES)
    locked_address = models.BinaryField()
    language = models.CharField(max_length=12)
    undeliverable_on = models.DateField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("subscription"), _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate_hash"], name="one_subscription_per_mailbox_and_petition"
            )
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class Delivery(Outgoing):
    """One update on its way to one subscriber; the row goes when it has been sent."""

    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="deliveries"
    )

    NEEDED_TO_SEND = ("update__petition", "subscription")

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["update", "subscription"], name="one_delivery_per_update_and_subscriber"
            )
        ]
        indexes = [models.Index(name="deliveries_in_order", fields=["send_after"])]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
