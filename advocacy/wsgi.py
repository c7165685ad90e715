"""The door for web servers. A site without its keys does not open."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocacy.settings")

application = get_wsgi_application()

from advocacy.turned_away import TurnedAway  # noqa: E402  (needs the settings)
from petitions import sealing  # noqa: E402  (needs the settings)

application = TurnedAway(application)

sealing.require_keys()
