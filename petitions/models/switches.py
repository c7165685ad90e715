"""What an editor has switched off for the moment, and what stands above every page meanwhile."""

from typing import NamedTuple

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# Of the one row that there is.
ONLY = 1
LONGEST_PAUSE_SECONDS = 24 * 3600


class Banner(NamedTuple):
    """Words above every page, in the reader's language or another one."""

    words: str
    language: str
    is_important: bool


class Switches(models.Model):
    """For a bad night: less of the site, so that the rest of it holds. No deploy is needed.

    One row, or none where nobody has touched them yet; who has to know asks `switches.current()`.
    """

    class Level(models.TextChoices):
        """How loud a banner is."""

        CALM = "calm", _("calm: for your information")
        IMPORTANT = "important", _("important: everybody should read it first")

    is_signing_paused = models.BooleanField(
        _("pause signing"),
        default=False,
        help_text=_(
            "Petitions say in the place of their form that signing is paused. Who has filled in a "
            "form already reads that nothing was stored, and keeps what they typed. Confirming, "
            "taking back and codes go on."
        ),
    )
    live_count_seconds = models.PositiveIntegerField(
        _("live count: seconds between two questions"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_PAUSE_SECONDS)],
        help_text=_(
            "Open pages ask for the number of signatures no sooner again. Empty: as the site is "
            "set. 0: they stop asking, until they are loaded anew; the number on a page is the one "
            "that it came with."
        ),
    )
    hides_drawings = models.BooleanField(
        _("leave out maps and curves"),
        default=False,
        help_text=_("Readers see the lists that stand beside them."),
    )
    is_read_only = models.BooleanField(
        _("read only"),
        default=False,
        help_text=_(
            "For moving the database. Every page can be read. No form is taken: not signing, "
            "confirming or taking back, and nothing at this desk but these switches. No letter "
            "leaves and nothing is counted or destroyed until you switch it off again."
        ),
    )
    # By the code of a language; one that is missing or empty has no words of its own.
    banner_words = models.JSONField(_("banner"), default=dict, blank=True)
    banner_level = models.CharField(
        _("kind of banner"), max_length=10, choices=Level, default=Level.CALM
    )
    banner_until = models.DateField(
        _("banner until"),
        null=True,
        blank=True,
        help_text=_("The last day on which it stands there. Empty: until you take it away."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("switches for a bad night")
        constraints = [
            models.CheckConstraint(name="there_is_one_row_of_switches", condition=Q(pk=ONLY)),
        ]

    def __str__(self) -> str:
        return str(_("Switches for a bad night"))

    @property
    def live_count_pause(self) -> int | None:
        """After how many seconds an open page may ask again; None where it is to stop."""
        seconds = self.live_count_seconds
        return (settings.LIVE_COUNT_SECONDS if seconds is None else seconds) or None

    @property
    def banner(self) -> Banner | None:
        """What stands above the page, if anything does today.

        In the reader's language, else in the site's own, else in whichever there is.
        """
        if self.banner_until and self.banner_until < timezone.localdate():
            return None
        order = [
            get_language(),
            settings.LANGUAGE_CODE,
            *(code for code, _name in settings.LANGUAGES),
        ]
        for code in order:
            if words := self.banner_words.get(code, ""):
                return Banner(words, code, self.banner_level == self.Level.IMPORTANT)
        return None

    @property
    def on(self) -> list[str]:
        """The names of the fields that change anything now: what is to be switched back one day."""
        names = ["is_signing_paused", "hides_drawings", "is_read_only"]
        found = [name for name in names if getattr(self, name)]
        if self.live_count_seconds is not None:
            found.append("live_count_seconds")
        return [*found, "banner_words"] if self.banner else found

    @property
    def on_in_words(self) -> list[str]:
        """The same as an editor knows them."""
        return [str(self._meta.get_field(name).verbose_name) for name in self.on]
