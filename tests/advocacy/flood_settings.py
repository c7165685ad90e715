"""The settings of a deployment, but for static files: nobody collects them for a test."""

from advocacy.settings import *  # noqa: F403
from advocacy.settings import STORAGES

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
