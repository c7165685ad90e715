"""What editors do about robots, and the record of what they did."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from petitions import sealing
from petitions.models.petition import Petition
from petitions.models.signature import Signature


class Block(models.Model):
    """A domain or an address whose signatures are not taken, or are held for review.

    An address is kept as a keyed hash, so the list can be used and not read.
    """

    class Act(models.TextChoices):
        """What becomes of a signature from there."""

        HOLD = "hold", _("Hold for review")
        REFUSE = "refuse", _("Do not take")

    domain = models.CharField(_("domain"), max_length=253, blank=True)
    address_hash = models.BinaryField(
        max_length=sealing.DUPLICATE_HASH_BYTES, null=True, editable=False
    )
    act = models.CharField(_("what happens"), max_length=8, choices=Act, default=Act.HOLD)
    note = models.CharField(
        _("note"), max_length=200, blank=True, help_text=_("For editors. Name no person.")
    )
    made_on = models.DateField(pgettext_lazy("day of the block", "since"), auto_now_add=True)

    class Meta:
        ordering = ["domain", "pk"]
        verbose_name, verbose_name_plural = _("block"), _("blocks")
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=~Q(domain=""), name="one_block_per_domain"
            ),
            models.UniqueConstraint(fields=["address_hash"], name="one_block_per_address"),
            models.CheckConstraint(
                name="a_block_is_of_a_domain_or_of_an_address",
                condition=Q(domain="", address_hash__isnull=False)
                | ~Q(domain="") & Q(address_hash=None),
            ),
        ]

    def __str__(self) -> str:
        return self.domain or f"address {self.pk}"


class Invalidation(models.Model):
    """Many signatures held or taken off the count at once, by what they have in common.

    The worker carries it out in batches; `is_undone` makes it carry them back.
    """

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="invalidations")
    standing = models.CharField(max_length=8, choices=Signature.Standing)
    # Days, hours, mail classes, network buckets, standings: what the review page selected.
    criteria = models.JSONField()
    # Signatures that came later than the decision are not meant by it.
    last_signature_id = models.BigIntegerField()
    expected_count = models.PositiveIntegerField()
    moved_count = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("invalidation"), _("invalidations")

    def __str__(self) -> str:
        return f"invalidation {self.pk}"


class StaffAct(models.Model):
    """One line of the staff log: who did what, chained to the line before.

    Written by stafflog.py only, never changed: each line's hash covers the hash before it.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    who = models.CharField(max_length=150)
    act = models.CharField(max_length=60)
    about = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["-number"]
        verbose_name, verbose_name_plural = _("staff act"), _("staff log")

    def __str__(self) -> str:
        return f"{self.number}"
