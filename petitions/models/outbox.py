"""What waits to be sent, and to whom: the only addresses that the server can read."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from petitions import sealing
from petitions.models.petition import Petition


class OutgoingQuerySet(models.QuerySet):
    """What is to be sent, by whether it may leave now."""

    def leaving(self, now: datetime) -> "OutgoingQuerySet":
        """What should have left by now, whoever holds it."""
        return self.filter(refused_on=None, send_after__lte=now)

    def waiting(self, now: datetime) -> "OutgoingQuerySet":
        """What is to be sent now and no worker holds."""
        return self.leaving(now).filter(Q(leased_until=None) | Q(leased_until__lt=now))

    def refused(self) -> "OutgoingQuerySet":
        """What was given up."""
        return self.exclude(refused_on=None)


class Outgoing(models.Model):
    """One thing to be mailed to one person: when, how often it was tried, and who is at it."""

    tries_count = models.PositiveSmallIntegerField(default=0)
    # Nothing is sent any more where there is no moment.
    send_after = models.DateTimeField(null=True)
    give_up_after = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    refused_on = models.DateField(null=True)

    objects = OutgoingQuerySet.as_manager()
    # What has to be read with a row before it can be sent.
    NEEDED_TO_SEND: tuple[str, ...] = ()

    class Meta:
        abstract = True


class Letter(Outgoing):
    """A letter to be sent to somebody who signed. What it says is decided when it is sent.

    So the same row is written for everybody, whether new, pending or counted. Once the letter is
    sent the row is deleted, and with it the only address that the server can read. Where an answer
    is awaited, it stays for one reminder and goes with the answer; where updates were asked for,
    it stays until the answer, since the address is needed then.
    """

    petition = models.ForeignKey(
        Petition, on_delete=models.PROTECT, related_name="letters", db_index=False
    )
    duplicate_hash = models.BinaryField(max_length=sealing.DUPLICATE_HASH_BYTES)
    locked_address = models.BinaryField()
    language = models.CharField(max_length=12)
    is_reminder = models.BooleanField(default=False)
    wants_updates = models.BooleanField(default=False)

    NEEDED_TO_SEND = ("petition",)

    class Meta:
        verbose_name, verbose_name_plural = _("letter"), _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate_hash"], name="one_waiting_letter_per_mailbox_and_petition"
            )
        ]
        indexes = [models.Index(name="letters_in_order", fields=["send_after"])]

    def __str__(self) -> str:
        return f"letter {self.pk}"

    @property
    def has_left(self) -> bool:
        """Whether it was sent once and waits for its answer."""
        return self.is_reminder or self.send_after is None
