"""What became of a text after it was published: what is new, and what was wrong in it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stories.richtext import rich_text
from stories.translations import Translatable


class Update(Translatable):
    """Something new about a story or a person, added below the text that was published first."""

    translated_fields = ("title", "text")
    written_as = "story"

    story = models.ForeignKey(
        "stories.Story", on_delete=models.CASCADE, null=True, blank=True, related_name="updates"
    )
    defender = models.ForeignKey(
        "stories.Defender", on_delete=models.CASCADE, null=True, blank=True, related_name="updates"
    )
    made_on = models.DateField(_("day"), default=timezone.localdate)
    title = models.CharField(_("title"), max_length=160)
    text = rich_text(_("text"))

    class Meta:
        ordering = ["-made_on", "-pk"]
        verbose_name, verbose_name_plural = _("update"), _("updates")
        constraints = [
            models.CheckConstraint(
                name="an_update_belongs_to_one_text",
                condition=Q(story__isnull=True) ^ Q(defender__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it stands on the page of its story or person."""
        return f"{(self.story or self.defender).get_absolute_url()}#update-{self.pk}"


class Correction(Translatable):
    """What was wrong in a story or a profile, said in public. The text itself is put right."""

    translated_fields = ("text",)
    written_as = "story"

    story = models.ForeignKey(
        "stories.Story", on_delete=models.CASCADE, null=True, blank=True, related_name="corrections"
    )
    defender = models.ForeignKey(
        "stories.Defender",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="corrections",
    )
    made_on = models.DateField(_("corrected on"), default=timezone.localdate)
    text = models.TextField(
        _("what was wrong, and what is right"),
        help_text=_("Readers see it. Don’t repeat what should never have been published."),
    )

    class Meta:
        ordering = ["-made_on", "-pk"]
        verbose_name, verbose_name_plural = _("correction"), _("corrections")
        constraints = [
            models.CheckConstraint(
                name="a_correction_belongs_to_one_text",
                condition=Q(story__isnull=True) ^ Q(defender__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.made_on} {self.text[:60]}"
