"""The settings of production, but that static files need not be collected and compressed first."""

from advocacy.settings import *  # noqa: F403
from advocacy.settings import STORAGES

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
