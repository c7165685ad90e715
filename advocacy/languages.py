"""Which language does an address name?"""

import re

from django.utils.translation import get_language_from_path

# No language's code has more than three letters before a dash (RFC 5646), but for some that are
# reserved; nearly every address begins with a longer word, each of which Django would look up.
_MAY_BE_A_LANGUAGE = re.compile(r"/([A-Za-z]{2,3}|\w+[-@][^/]*)(/|$)")


def of_path(path: str) -> str | None:
    """The language that the path begins with; None where it names none of ours."""
    return get_language_from_path(path) if _MAY_BE_A_LANGUAGE.match(path) else None
