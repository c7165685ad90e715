"""Whether this container does its work: asked by Docker, answered by the status.

`web`: the site takes signatures. `work`: a worker began a round within the last five minutes, which
is as long as a silent mail server may keep it.
"""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

MOST_SECONDS = 300


def main(program):
    """End with status 0 if all is well."""
    sys.exit(0 if {"web": web_is_ready, "work": worker_was_seen}[program]() else 1)


def web_is_ready():
    """Ask /readyz here, by the site's own name: it answers to no other."""
    port = os.environ.get("BIND", "127.0.0.1:8000").rpartition(":")[2]
    link = http.client.HTTPConnection("127.0.0.1", int(port), timeout=8)
    try:
        link.request("GET", "/readyz", headers={"Host": urlsplit(os.environ["SITE_URL"]).netloc})
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()


def worker_was_seen():
    """Look for the sign that the worker leaves in the shared cache."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocacy.settings")
    import django

    django.setup()
    from django.core.cache import cache

    from petitions.management.commands.work import SEEN_KEY

    return time.time() - cache.get(SEEN_KEY, 0) < MOST_SECONDS


if __name__ == "__main__":
    main(sys.argv[1])
