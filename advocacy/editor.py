"""The rich-text editor and the admin's Content-Security-Policy.

django-prose-editor puts its import map into the page as an inline script. Its hash lets exactly
that one through, where 'unsafe-inline' would let any.
"""

import base64
import hashlib
import re
from functools import lru_cache

from django_prose_editor.widgets import importmap


@lru_cache(maxsize=1)
def script_hashes() -> list[str]:
    """The CSP sources of the inline scripts that the editor writes."""
    inline = re.search(r"<script[^>]*>(.*)</script>", str(importmap), re.DOTALL)
    if not inline:
        return []
    digest = hashlib.sha256(inline[1].encode()).digest()
    return [f"'sha256-{base64.b64encode(digest).decode()}'"]
