"""Whether a profile may be published, by what its person has agreed to."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from stories.models import Consent, Defender


def refusal(defender: Defender, consents: Iterable[Consent]) -> str | None:
    """Why a profile may not be published today; None where it may.

    Of a public figure without any consent nothing is asked: that they are written about is no
    secret. Faces are decided in `standing`, photo by photo; voice and place are for editors to look
    at.
    """
    consents = list(consents)
    if not consents and defender.risk_level != Defender.Risk.HIDDEN:
        return None
    today = timezone.now().date()
    in_force = [consent for consent in consents if consent.is_in_force(today)]
    if not in_force:
        return _("No consent holds today, so this profile can’t be published.")
    if not any(consent.covers_story for consent in in_force):
        return _("No consent covers the story, so this profile can’t be published.")
    if not defender.is_pseudonym and not any(consent.covers_name for consent in in_force):
        return _("No consent covers the name. Change it for safety, and say so, or ask again.")
    return None
