"""Which passwords would somebody try who knows the site?"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# With the site's own name and host: what is tried first here and nowhere else.
WORDS = ("advocacy", "petition", "petitions", "editor", "editors", "defender", "signature", "admin")
# What fingers find by themselves, and the list of common passwords has only in part.
ROWS = ("1234567890", "0987654321", "qwertyuiop", "asdfghjkl", "йцукенгшщзхъ")
# So much has to be left when these words are taken out.
LEAST_LEFT = 8


class NoWordsOfTheSite:
    """Refuses passwords that are little more than what anybody knows of the site and of you."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError where too little is left without those words."""
        left = password.casefold()
        for word in sorted(_words(user), key=len, reverse=True):
            left = left.replace(word, "")
        if left != password.casefold() and len(left) < LEAST_LEFT:
            raise ValidationError(self.get_help_text(), code="password_of_the_site")

    def get_help_text(self) -> str:
        """What the form says beforehand."""
        return _("Your password can’t be made of the site’s name, its subject or your own name.")


def _words(user: object) -> set[str]:
    name = getattr(user, "username", "")
    names = f"{settings.SITE_NAME} {urlsplit(settings.SITE_URL).hostname} {name}".casefold()
    found = {word for word in re.split(r"\W+", names) if len(word) > 3}
    return found | {*WORDS, *ROWS}
