"""The door for web servers. A site without its keys does not open."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocacy.settings")

application = get_wsgi_application()

from petitions import sealing  # noqa: E402  (needs the settings)

sealing.require_keys()
