"""What the house itself keeps: how editors prove who they are, besides their password."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SecondFactor(models.Model):
    """An editor's app that shows a new number every thirty seconds.

    Written by second_factor.py only. The seed is locked with a key that is not in the database, so
    that whoever takes a dump can't make the numbers.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="second_factor",
        verbose_name=_("user"),
    )
    seed = models.BinaryField()
    # The newest moment whose number was used, counted in steps of thirty seconds: none works twice.
    last_step = models.PositiveBigIntegerField(default=0)
    made_on = models.DateField(default=timezone.localdate)

    class Meta:
        verbose_name, verbose_name_plural = _("second factor"), _("second factors")

    def __str__(self) -> str:
        return str(self.pk)


class RecoveryCode(models.Model):
    """A code on paper, for the day without the phone; a row goes with its use."""

    second_factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name, verbose_name_plural = _("recovery code"), _("recovery codes")

    def __str__(self) -> str:
        return str(self.pk)
