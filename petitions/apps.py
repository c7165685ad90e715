"""What we ask, and who asks with us."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class PetitionsConfig(AppConfig):
    """Petitions, and signatures that are safe, counted and provable."""

    name = "petitions"
    verbose_name = _("Petitions")

    def ready(self) -> None:
        """Let `check --deploy` say which keys are missing."""
        from petitions import sealing

        checks.register(sealing.check_keys, "keys", deploy=True)
