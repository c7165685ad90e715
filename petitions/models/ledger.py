"""What is counted: entries that are written once, and their sum."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from petitions.models.petition import Petition


class LedgerEntry(models.Model):
    """One signature more or one less. Written once, given a position once, never changed again.

    `leaf` is the entry's hash in the Merkle tree over all positions (RFC 9162): of a random
    number, never of anything personal.
    """

    petition = models.ForeignKey(
        Petition, on_delete=models.PROTECT, related_name="ledger", db_index=False
    )
    value = models.SmallIntegerField()
    country = models.CharField(max_length=2, blank=True)
    leaf = models.BinaryField(max_length=32)
    position = models.PositiveBigIntegerField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("ledger entry"), _("ledger")
        constraints = [
            models.UniqueConstraint(
                fields=["petition", "position"], name="one_entry_per_position_and_petition"
            ),
            models.CheckConstraint(
                name="an_entry_is_one_more_or_one_less", condition=Q(value__in=[1, -1])
            ),
        ]
        indexes = [
            models.Index(
                name="entries_not_yet_counted",
                fields=["petition"],
                condition=Q(position__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.value:+d}"


class Tally(models.Model):
    """The public number of a petition: the sum of its ledger up to a position.

    Only `counting.py` writes it.
    """

    petition = models.OneToOneField(
        Petition, on_delete=models.CASCADE, related_name="tally", primary_key=True
    )
    total = models.PositiveIntegerField(default=0)
    by_country = models.JSONField(default=dict)
    entries_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("tally"), _("tallies")

    def __str__(self) -> str:
        return f"{self.total}"
