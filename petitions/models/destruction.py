"""That a petition's personal records were destroyed: how many, and when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from petitions.models.petition import Petition


class Destruction(models.Model):
    """A destruction, published on the petition's page. Only `retention.py` writes it."""

    petition = models.OneToOneField(
        Petition, on_delete=models.PROTECT, related_name="destruction", primary_key=True
    )
    began_on = models.DateField()
    ended_on = models.DateField(null=True)
    records_count = models.PositiveBigIntegerField(default=0)
    # Of them, signatures that counted, so that the ledger can still be checked against them.
    counted_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("destruction"), _("destructions")

    def __str__(self) -> str:
        return f"{self.records_count}"
