"""What is stored of those who sign: as little as will do."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from petitions import sealing, tokens
from petitions.models.petition import Petition


class SignatureQuerySet(models.QuerySet):
    """Signatures by how far they have come."""

    def pending(self) -> "SignatureQuerySet":
        """Signatures whose letter has not been answered."""
        return self.filter(confirmed_on=None)

    def confirmed(self) -> "SignatureQuerySet":
        """Signatures whose letter has been answered."""
        return self.exclude(confirmed_on=None)

    def counting(self) -> "SignatureQuerySet":
        """Confirmed signatures that are neither held for review nor taken off the count."""
        return self.confirmed().filter(standing=Signature.Standing.COUNTS)

    def refused(self) -> "SignatureQuerySet":
        """Pending signatures that are not taken, because of the editors' list."""
        return self.pending().filter(
            standing=Signature.Standing.REMOVED, standing_reason=Signature.Reason.LISTED
        )

    def shown(self) -> "SignatureQuerySet":
        """Signatures whose names stand on the petition's page."""
        return self.counting().filter(name_state=Signature.NameState.SHOWN)

    def expired(self, today: date) -> "SignatureQuerySet":
        """Pending signatures whose letter's link has stopped working."""
        # They have their clues still (retention.py), and what has clues is found by an index.
        return self.pending().filter(
            signed_on__lt=today - timedelta(days=settings.CONFIRMATION_DAYS),
            signed_hour__isnull=False,
        )


class Signature(models.Model):
    """That somebody signed: a sealed box and a hash, neither of which the server can read.

    Three indexes are written with every signature (number, mailbox, day) and no more; the others
    cost only the few rows that meet their condition. None has what a letter or the button changes,
    so PostgreSQL writes to none of them then. What goes through all signatures of one petition (a
    hand-in, a recount) is rare and reads the whole table.
    """

    class Level(models.TextChoices):
        """How much of themselves somebody gave, in the words of the form."""

        PUBLIC = "public", _("Show my first name and country on the petition’s page")
        HAND_IN = "hand_in", _("Keep my name for the hand-in")
        COUNT = "count", _("Count me only")

    class NameState(models.TextChoices):
        """How a name that is to be shown stands with the editors."""

        WAITING = "waiting", _("waits for an editor")
        SHOWN = "shown", _("stands on the page")
        REFUSED = "refused", _("not shown")

    class Standing(models.TextChoices):
        """Whether a confirmed signature is on the count."""

        COUNTS = "counts", _("counts")
        HELD = "held", _("held for review")
        REMOVED = "removed", _("taken off the count")

    class Reason(models.TextChoices):
        """Why it does not count, as its owner is told."""

        THROWAWAY = "throwaway", _("throw-away address")
        LISTED = "listed", _("on the editors’ list")
        REVIEW = "review", _("found in a review")

    petition = models.ForeignKey(
        Petition, on_delete=models.PROTECT, related_name="signatures", db_index=False
    )
    level = models.CharField(max_length=8, choices=Level)
    duplicate_hash = models.BinaryField(max_length=sealing.DUPLICATE_HASH_BYTES)
    sealed_box = models.BinaryField()
    # The country alone says of nobody that they signed; it is counted, so it can't be sealed.
    country = models.CharField(max_length=2, blank=True)
    signed_on = models.DateField()
    confirmed_on = models.DateField(null=True)
    # How many letters went to this mailbox on that day, so that nobody can be bombed with them.
    letters_on = models.DateField(null=True)
    letters_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The first name to be shown, for those who chose that, locked with the server's key.
    locked_name = models.BinaryField(null=True)
    name_state = models.CharField(
        max_length=8, choices=NameState, blank=True, default="", db_default=""
    )
    name_decided_on = models.DateField(null=True)
    standing = models.CharField(
        max_length=8, choices=Standing, default=Standing.COUNTS, db_default=Standing.COUNTS
    )
    standing_reason = models.CharField(
        max_length=10, choices=Reason, blank=True, default="", db_default=""
    )
    # Clues for a review without looking at people, erased after REVIEW_DAYS: the hour, what kind
    # of provider, and which of a few thousand buckets the network fell into on that day.
    signed_hour = models.PositiveSmallIntegerField(null=True)
    mail_class = models.CharField(max_length=10, blank=True, default="", db_default="")
    network_bucket = models.PositiveSmallIntegerField(null=True)
    invalidation = models.ForeignKey(
        "Invalidation",
        on_delete=models.SET_NULL,
        null=True,
        related_name="signatures",
        db_index=False,
    )

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("signature"), _("signatures")
        constraints = [
            # Petition by petition, since each petition's hashes are made with a key of its own.
            models.UniqueConstraint(
                fields=["duplicate_hash"], name="one_signature_per_mailbox_and_petition"
            ),
            models.CheckConstraint(
                name="a_name_to_show_is_of_somebody_who_wants_that",
                condition=Q(level="public", locked_name__isnull=False) & ~Q(name_state="")
                | ~Q(level="public") & Q(locked_name=None, name_state=""),
            ),
        ]
        indexes = [
            models.Index(
                name="names_by_state",
                fields=["petition", "name_state"],
                condition=~Q(name_state=""),
            ),
            models.Index(
                name="signatures_not_counting",
                fields=["petition", "standing"],
                condition=~Q(standing="counts"),
            ),
            models.Index(
                name="signatures_invalidated",
                fields=["invalidation"],
                condition=Q(invalidation__isnull=False),
            ),
            models.Index(
                name="signatures_with_clues",
                fields=["signed_on"],
                condition=Q(signed_hour__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"signature {self.pk}"

    @property
    def is_counting(self) -> bool:
        """Whether it is on the count."""
        return bool(self.confirmed_on) and self.standing == self.Standing.COUNTS

    @property
    def is_at_risk(self) -> bool:
        """Whether people were punished for less in the country that they gave."""
        return bool(self.country) and self.country in self.petition.countries_at_risk

    @property
    def is_refused(self) -> bool:
        """Whether it is not taken, because of the editors' list."""
        is_taken_off = self.standing == self.Standing.REMOVED and not self.confirmed_on
        return is_taken_off and self.standing_reason == self.Reason.LISTED

    @property
    def is_erased(self) -> bool:
        """Whether it was not taken, and nothing is left but how many letters went there."""
        return self.is_refused and not self.sealed_box

    @property
    def reference(self) -> str:
        """What its owner may name to us without saying who they are."""
        return tokens.reference(self.pk, self.duplicate_hash)

    @property
    def last_day(self) -> date:
        """The last day on which it can be confirmed."""
        return self.signed_on + timedelta(days=settings.CONFIRMATION_DAYS)

    @property
    def is_expired(self) -> bool:
        """Whether it was not confirmed in time; it is erased within the hour."""
        return not self.confirmed_on and self.last_day < timezone.now().date()

    def had_enough_letters(self, today: date) -> bool:
        """Whether no more letters about it go out on this day."""
        return self.letters_on == today and self.letters_count >= settings.LETTERS_PER_DAY
