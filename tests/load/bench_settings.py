"""The site's own settings, with the floor's addresses beside its own."""

from advocacy.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.floor"
