"""Which Chromium opens the pages: Debian's without the surroundings of a window, or the whole one.

Both are the same engine from the same source; the first needs a third less of the processor. But it
has no tab to show an icon in, so it fetches none, and fetches lazy pictures sooner: what pages
weigh is measured with the whole one.
"""

import shutil


def program() -> str | None:
    """The browser, whichever of the two is here."""
    return shutil.which("chromium-headless-shell") or whole()


def whole() -> str | None:
    """The browser with all that people have."""
    return shutil.which("chromium")
