"""The settings of the tests: those of production, with secrets that are none."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data = Path(tempfile.mkdtemp(prefix="advocacy-tests-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ.update(
    READ_DOT_ENV="0",
    SECRET_KEY="only-for-tests-" + "x" * 50,
    SITE_URL="https://testserver",
    DATA_DIR=str(_data),
    EMAIL_URL="smtp://localhost:2525",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{_data / 'tests.sqlite3'}",
    LOG_LEVEL="CRITICAL",
    STYLEGUIDE="1",
)

from advocacy.settings import *  # noqa: E402, F403
from advocacy.settings import CACHES, DATABASES, STORAGES  # noqa: E402

CACHES["default"]["LOCATION"] = _data / "cache"
PAGE_CACHE_SECONDS = 0  # a page shows what a test has just made
SWITCHES_SECONDS = 3600  # nobody turns them but a test, which says so
COUNTED_ONE_IN = 1  # where no die is thrown, a test ends the same each time
SECURE_SSL_REDIRECT = False  # the test client speaks plain HTTP
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Whoever tests it switches it on. Browsers take names with "__Secure-" by HTTPS only.
EDITORS_SECOND_FACTOR = False
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "sessionid", "csrftoken"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
# Only what never comes is a fault: the machine may be busy with other things.
_patience = "timeout" if DATABASES["default"]["ENGINE"].endswith("sqlite3") else "connect_timeout"
DATABASES["default"]["OPTIONS"][_patience] = 60
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in life: threads and other processes open it too.
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "tests.sqlite3")}
