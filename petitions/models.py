"""A petition, and what is stored of those who sign it: as little as will do.

No table here holds a name or an address that can be read. Of when somebody signed no more is
kept than the day; only the outbox knows moments, and its rows go with their letters.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from petitions import sealing
from stories.models import PUBLISHED_HAS_A_MOMENT, Country, Defender, Partner, Photo, Story, Theme
from stories.publishing import Publishable, PublishedQuerySet
from stories.richtext import rich_text

# Beyond its last milestone a petition aims at the next of these, as 1, 2.5, 5, 10 …
_GOAL_STEPS = (10, 25, 50)


class PetitionQuerySet(PublishedQuerySet):
    """Petitions by what can be done with them."""

    def open(self) -> "PetitionQuerySet":
        """Published petitions that take signatures now."""
        return self.published().filter(Q(closes_at=None) | Q(closes_at__gt=timezone.now()))

    def closed(self) -> "PetitionQuerySet":
        """Published petitions that take no more signatures."""
        return self.published().filter(closes_at__lte=timezone.now())

    def open_first(self) -> "PetitionQuerySet":
        """Those that can be signed before those that can't, and of them what closes soon."""
        has_closed = Case(When(closes_at__lte=timezone.now(), then=1), default=0)
        return self.order_by(has_closed, F("closes_at").asc(nulls_last=True), "-published_at")

    def for_card(self) -> "PetitionQuerySet":
        """With what a card shows, so that a list asks no more for each."""
        return self.select_related("tally", "photo").prefetch_related("milestones")


class Petition(Publishable):
    """Something that we ask of somebody, until a day, for a reason."""

    class Outcome(models.TextChoices):
        """How it ended."""

        CLOSED = "closed", _("Closed")
        WON = "won", _("Won")

    title = models.CharField(
        _("title"), max_length=160, help_text=_("The ask, as an order: “Free …”, “Protect …”.")
    )
    short_title = models.CharField(
        _("short title"), max_length=70, blank=True, help_text=_("For cards and letters.")
    )
    slug = models.SlugField(unique=True)
    summary = models.CharField(
        _("summary"), max_length=250, help_text=_("Complete sentences for lists and previews.")
    )
    text = rich_text(_("text"))
    photo = models.ForeignKey(
        Photo,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="petitions",
        verbose_name=_("photo"),
    )
    occasion = models.CharField(
        _("occasion"), max_length=160, blank=True, help_text=_("The meeting it is timed for.")
    )
    occasion_on = models.DateField(_("date of the occasion"), null=True, blank=True)
    occasion_place = models.CharField(_("place of the occasion"), max_length=120, blank=True)
    closes_at = models.DateTimeField(
        _("closes at"), null=True, blank=True, help_text=_("No signatures are taken from then on.")
    )
    outcome = models.CharField(
        _("outcome"), max_length=6, choices=Outcome, blank=True, help_text=_("Once it has closed.")
    )
    result = rich_text(_("result"), blank=True, help_text=_("What came of it."))
    countries = models.ManyToManyField(Country, blank=True, related_name="petitions")
    themes = models.ManyToManyField(Theme, blank=True, related_name="petitions")
    defenders = models.ManyToManyField(Defender, blank=True, related_name="petitions")
    stories = models.ManyToManyField(Story, blank=True, related_name="petitions")
    partners = models.ManyToManyField(Partner, blank=True, related_name="petitions")
    takes_names = models.BooleanField(
        _("collects names for a hand-in"),
        default=True,
        help_text=_("If not, everybody is only counted, and no name is asked for."),
    )
    countries_at_risk = models.JSONField(
        _("countries at risk"),
        default=list,
        blank=True,
        help_text=_("Whoever signs from there is advised to be counted only."),
    )
    # Ids of files in KEYS_DIR; see sealing.py. A petition keeps its keys for life.
    sealing_key_id = models.CharField(max_length=16, blank=True, editable=False)
    duplicate_key_id = models.CharField(max_length=16, blank=True, editable=False)

    objects = PetitionQuerySet.as_manager()

    class Meta:
        ordering = [F("closes_at").asc(nulls_last=True), "-published_at"]
        verbose_name, verbose_name_plural = _("petition"), _("petitions")
        constraints = [
            models.CheckConstraint(
                name="a_published_petition_has_a_moment", condition=PUBLISHED_HAS_A_MOMENT
            ),
            models.CheckConstraint(
                name="a_published_petition_has_its_keys",
                condition=Q(status="draft") | ~Q(sealing_key_id="") & ~Q(duplicate_key_id=""),
            ),
            models.CheckConstraint(
                name="a_petition_with_an_outcome_has_closed",
                condition=Q(outcome="") | Q(closes_at__isnull=False),
                violation_error_message=_("Say when it closed."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The petition's page, with its form."""
        return reverse("petitions:petition_detail", args=[self.slug])

    @property
    def card_title(self) -> str:
        """The title where there is little room."""
        return self.short_title or self.title

    @property
    def is_open(self) -> bool:
        """Whether it takes signatures at this moment, being published."""
        return self.closes_at is None or timezone.now() < self.closes_at

    @property
    def is_confirmable(self) -> bool:
        """Whether signatures made in time may still be confirmed."""
        grace = timedelta(hours=settings.CONFIRMATION_GRACE_HOURS)
        return self.closes_at is None or timezone.now() < self.closes_at + grace

    @property
    def is_won(self) -> bool:
        """Whether what it asked for has come about."""
        return self.outcome == self.Outcome.WON

    @property
    def days_left(self) -> int | None:
        """Whole days until it closes; 0 on the last day, None without a deadline."""
        if self.closes_at is None:
            return None
        return max(0, (self.closes_at - timezone.now()).days)

    @property
    def signature_count(self) -> int:
        """The public number: the tally. It may lag behind the confirmations by seconds."""
        return self.tally.total if hasattr(self, "tally") else 0

    @property
    def goal(self) -> int:
        """The next milestone not reached; beyond the last one, the next round number."""
        count = self.signature_count
        for milestone in sorted(m.count for m in self.milestones.all()):
            if milestone > count:
                return milestone
        return _round_number_above(count)


def _round_number_above(count: int) -> int:
    power = 1
    while True:
        for step in _GOAL_STEPS:
            if step * power > count:
                return step * power
        power *= 10


class Demand(models.Model):
    """One thing that a petition asks, and of whom."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="demands")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.TextField(_("demand"))
    addressee = models.CharField(_("of whom"), max_length=160)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name, verbose_name_plural = _("demand"), _("demands")

    def __str__(self) -> str:
        return self.text[:80]


class Milestone(models.Model):
    """A number of signatures at which something happens; the next one is the goal.

    Once reached it stays reached, even where people withdraw later.
    """

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="milestones")
    count = models.PositiveIntegerField(_("signatures"))
    text = models.CharField(_("what happens then"), max_length=200, blank=True)
    reached_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["count"]
        verbose_name, verbose_name_plural = _("milestone"), _("milestones")
        constraints = [
            models.UniqueConstraint(
                fields=["petition", "count"], name="one_milestone_per_number_and_petition"
            ),
            models.CheckConstraint(name="a_milestone_is_above_zero", condition=Q(count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.count}"


class SignatureQuerySet(models.QuerySet):
    """Signatures by how far they have come."""

    def pending(self) -> "SignatureQuerySet":
        """Signatures whose letter has not been answered."""
        return self.filter(confirmed_on=None)

    def confirmed(self) -> "SignatureQuerySet":
        """Signatures that count."""
        return self.exclude(confirmed_on=None)

    def expired(self, today: date) -> "SignatureQuerySet":
        """Pending signatures whose letter's link has stopped working."""
        # The reminder may have left late, and only the day of signing is known, not the hour.
        days = (
            settings.CONFIRMATION_DAYS
            + settings.REMINDER_AFTER_DAYS
            + 2 * settings.LETTER_TRIES_DAYS
            + 1
        )
        return self.pending().filter(signed_on__lt=today - timedelta(days=days))


class Signature(models.Model):
    """That somebody signed: a sealed box and a hash, neither of which the server can read.

    Three indexes and no more, since each is written with every signature. What goes through
    all signatures of one petition (a hand-in, a recount) is rare and reads the whole table.
    """

    class Level(models.TextChoices):
        """How much of themselves somebody gave, in the words of the form."""

        HAND_IN = "hand_in", _("Keep my name, sealed, for the hand-in")
        COUNT = "count", _("Count me only: no name is asked for or kept")

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

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("signature"), _("signatures")
        constraints = [
            # Petition by petition, since each petition's hashes are made with a key of its own.
            models.UniqueConstraint(
                fields=["duplicate_hash"], name="one_signature_per_mailbox_and_petition"
            ),
        ]
        indexes = [
            models.Index(
                name="pending_by_day", fields=["signed_on"], condition=Q(confirmed_on__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"signature {self.pk}"

    def had_enough_letters(self, today: date) -> bool:
        """Whether no more letters about it go out on this day."""
        return self.letters_on == today and self.letters_count >= settings.LETTERS_PER_DAY


class LetterQuerySet(models.QuerySet):
    """The outbox."""

    def leaving(self, now: datetime) -> "LetterQuerySet":
        """Letters that should have left by now, whoever holds them."""
        return self.filter(refused_on=None, send_after__lte=now)

    def waiting(self, now: datetime) -> "LetterQuerySet":
        """Letters to be sent now, that no worker holds."""
        return self.leaving(now).filter(Q(leased_until=None) | Q(leased_until__lt=now))

    def refused(self) -> "LetterQuerySet":
        """Letters that were given up; they are erased with their pending signatures."""
        return self.exclude(refused_on=None)


class Letter(models.Model):
    """A letter to be sent to somebody who signed. What it says is decided when it is sent.

    So the same row is written for everybody, whether new, pending or counted. Once the letter is
    sent the row is deleted, and with it the only address that the server can read; where an answer
    is awaited, it stays for one reminder, and goes with the answer.
    """

    petition = models.ForeignKey(
        Petition, on_delete=models.PROTECT, related_name="letters", db_index=False
    )
    duplicate_hash = models.BinaryField(max_length=sealing.DUPLICATE_HASH_BYTES)
    locked_address = models.BinaryField()
    language = models.CharField(max_length=12)
    is_reminder = models.BooleanField(default=False)
    tries_count = models.PositiveSmallIntegerField(default=0)
    send_after = models.DateTimeField()
    give_up_after = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    refused_on = models.DateField(null=True)

    objects = LetterQuerySet.as_manager()

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
