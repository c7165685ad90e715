"""What readers see when the site does not answer at all: a page that the proxy has at hand.

Made with the static files, one for each language, with that language first and the others below
it. Each is whole in itself: no style sheet, no picture, nothing to ask anybody for. How nginx comes
to show it is in docs/operations.md.
"""

import base64
import hashlib
import re
from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from advocacy.joined import Joined

FOLDER = "away"
_STYLE = re.compile(r"<style>(.*?)</style>", re.S)
_POLICY_HERE = "policy-of-this-page"


class Away(Joined):
    """Finds these pages, and makes them first where their words have changed."""

    def made(self) -> dict[str, Callable[[], str]]:
        """A page for each language."""
        codes = [code for code, _name in settings.LANGUAGES]
        return {f"{FOLDER}/{code}.html": lambda code=code: page(code) for code in codes}


def page(language: str) -> str:
    """The whole page for whoever was reading in this language."""
    codes = [language, *(code for code, _name in settings.LANGUAGES if code != language)]
    with translation.override(language):
        context = {"site_name": settings.SITE_NAME, "codes": codes, "policy": _POLICY_HERE}
        text = render_to_string("away.html", context)
    digest = hashlib.sha256(_STYLE.search(text)[1].encode()).digest()
    style = f"'sha256-{base64.b64encode(digest).decode()}'"
    policy = f"default-src 'none'; style-src {style}; img-src data:; base-uri 'none'"
    return text.replace(_POLICY_HERE, policy)
