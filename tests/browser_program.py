"""Which Chromium opens the pages: Debian's without the surroundings of a window, or the whole one.

Both are the same engine from the same source; the first needs a third less of the processor.
"""

import shutil


def program() -> str | None:
    """The browser, whichever of the two is here."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")
