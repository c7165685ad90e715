"""All settings, from the environment; `.env.example` says what each variable means.

Secure unless told otherwise, and refusing to guess: without its secrets no deployment starts.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from advocacy import memory_cache

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if env.bool("READ_DOT_ENV", True):
    env.read_env(BASE_DIR / ".env")


def required(name: str) -> str:
    """A variable without which nothing may start; an empty one is none."""
    # Not env.str, which takes a value that begins with "$" for the name of another variable.
    if not (value := os.environ.get(name, "").strip()):
        raise ImproperlyConfigured(f"Set the environment variable {name}; see .env.example.")
    return value


# --- Where things are -----------------------------------------------------------------------

# Everything that the running site writes: database, keys, pictures, collected static files.
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
# Keys stand apart from the database so that a dump of it never carries them.
KEYS_DIR = Path(env.str("KEYS_DIR", str(DATA_DIR / "keys"))).resolve()

# --- Safety -----------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
# The demo shows every letter to everyone on a page of its own; it is not for real signers.
DEMO = env.bool("DEMO", False)
# Pages that show every component of the site, for whoever works on its look.
STYLEGUIDE = env.bool("STYLEGUIDE", DEBUG or DEMO)
SECRET_KEY = required("SECRET_KEY")
if not (DEBUG or DEMO) and (len(SECRET_KEY) < 50 or SECRET_KEY.startswith("replace-me")):
    # Whoever knows or guesses it can write the links of our letters.
    raise ImproperlyConfigured("SECRET_KEY must be 50 random characters or more, and your own.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

SITE_NAME = env.str("SITE_NAME", "The Persecuted")
# Letters are written by the worker, which sees no request: it takes the address from here.
SITE_URL = required("SITE_URL").rstrip("/")
_site = urlsplit(SITE_URL)
if not _site.hostname:
    raise ImproperlyConfigured("SITE_URL must be a whole address, such as https://example.org")
if _site.scheme != "https" and not (DEBUG or DEMO):
    raise ImproperlyConfigured("SITE_URL must begin with https:// (only the demo may use http://)")
HTTPS = _site.scheme == "https"

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname])
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by machines inside the network
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", True)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
if BEHIND_PROXY:
    # Only a proxy that sets this header itself, on every request, makes it trustworthy.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Not "no-referrer": browsers would then send "Origin: null" with our own forms.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Named as Django 6.0 names it, so that its own middleware can take over. No nonce: a page that
# differs for each reader could not be cached whole.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# Cookies exist for editors only; see OnlyForEditors in middleware.py.
ADMIN_PATH = "/admin/"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = ADMIN_PATH
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # Browsers take cookies of these names by HTTPS only. Not "__Host-", which may have no path.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Secure-session", "__Secure-csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "advocacy.views.foreign_form"
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "advocacy.passwords.NoWordsOfTheSite"},
]
# Whether editors need an app on their phone besides their password; see advocacy/second_factor.py.
EDITORS_SECOND_FACTOR = env.bool("EDITORS_SECOND_FACTOR", not (DEBUG or DEMO))
# How long after their login editors may open what is grave, and send a form of it, without being
# asked for their password again.
PROOF_MINUTES, PROOF_FORM_MINUTES = 15, 60

# --- The house ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "advocacy.apps.AdvocacyConfig",
    "stories",
    "petitions",
    "advocacy.apps.EditorsDeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_prose_editor",
]
MIDDLEWARE = [
    "advocacy.middleware.RequestLog",  # first, so that it sees what the others answered
    "advocacy.middleware.HeadHasNoBody",
    "advocacy.middleware.OnionLocation",
    "django.middleware.security.SecurityMiddleware",
    "advocacy.page_cache.PageCache",  # what is behind it is done once for everybody
    "advocacy.middleware.SecurityHeaders",
    "advocacy.compression.Compression",
    "advocacy.lite.Lite",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "advocacy.middleware.LanguageOfAddress",
    "django.middleware.common.CommonMiddleware",
    "advocacy.middleware.EditorsSession",
    "advocacy.middleware.EditorsCsrf",
    "advocacy.middleware.EditorsLogin",
    "advocacy.middleware.EditorsMessages",
    "advocacy.middleware.SameSite",
    "advocacy.shedding.Shedding",  # what is behind it may be slow on a bad night
    "advocacy.read_only.ReadOnly",
    "advocacy.middleware.DatabaseDown",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# "No CsrfViewMiddleware": the check knows its name only, not EditorsCsrf, which is one.
SILENCED_SYSTEM_CHECKS = ["security.W003"]
ROOT_URLCONF = "advocacy.urls"
WSGI_APPLICATION = "advocacy.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "advocacy.context.site",
            ],
            # Days and numbers for people, in the figures of their language.
            "builtins": ["stories.templatetags.numbers"],
        },
    }
]

# --- Database -----------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'advocacy.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock when a transaction begins: one that asks for it later can't wait.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What is deleted is overwritten: erased is to mean gone.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
    # Lets petitions/statements.py have its few statements prepared; Django's own never are.
    DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 5)
DATABASES["default"]["CONN_MAX_AGE"] = None  # connecting anew for each request is work for nothing
# A streaming replica, for pages that are the same for everybody; see stories/replica.py.
if env.str("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = {
        **env.db_url("DATABASE_REPLICA_URL"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "default"},
    }
    DATABASES["replica"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 1)
    DATABASE_ROUTERS = ["stories.replica.PagesFromReplica"]
if env.bool("DATABASE_POOLED", False):
    # Behind PgBouncer in transaction mode the next statement may meet another connection.
    for database in DATABASES.values():
        database["DISABLE_SERVER_SIDE_CURSORS"] = True
        database.setdefault("OPTIONS", {})["prepare_threshold"] = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: what is forgotten within a day -------------------------------------------------------

CACHES = {
    "default": {
        "BACKEND": "advocacy.memory_cache.MemoryCache",
        "LOCATION": memory_cache.folder_for(DATA_DIR),
        "OPTIONS": {"MAX_ENTRIES": 200_000},  # some 40 MB in a great flood
    }
}
if env.str("CACHE_URL", ""):
    CACHES["default"] = env.cache_url("CACHE_URL")
    if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
        CACHES["default"]["BACKEND"] = "advocacy.redis_cache.RedisCache"

# A page that is the same for everybody is kept so long by each web process, its numbers with it; an
# edit shows at once. 0 keeps nothing.
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", 5)
PAGE_CACHE_BYTES = 32 * 1024 * 1024
# A switch of the desk that nobody was told of is noticed by each process after so long.
SWITCHES_SECONDS = 2

# --- Numbers for whoever runs the site -----------------------------------------------------------

# Whoever brings this may read /metrics; without it there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", "").strip()
if METRICS_TOKEN and len(METRICS_TOKEN) < 32:
    raise ImproperlyConfigured("METRICS_TOKEN must be 32 random characters or more.")
# Beside the cache, in memory, one for each user; see petitions/measured.py.
_cache_dir = memory_cache.folder_for(DATA_DIR)
METRICS_DIR = _cache_dir.with_name(f"{_cache_dir.name}-metrics")

# --- Files --------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_DIR", str(DATA_DIR / "static"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "advocacy.joined.Joined",
    "advocacy.away.Away",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Uploaded photos as they came, with place and camera in them; locked, and served by nothing.
    "originals": {
        "BACKEND": "stories.originals.PrivateStorage",
        "OPTIONS": {
            "location": DATA_DIR / "originals",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "advocacy.collected.Collected"},
}
# A form of ours has four short fields; photographs come in through the admin.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# Held in memory until they are locked, so that no plain photo ever lies on a disk.
FILE_UPLOAD_HANDLERS = ["stories.originals.UploadInMemory"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# --- Mail ---------------------------------------------------------------------------------------

DEMO_MAILBOX = DEMO and not env.str("EMAIL_URL", "")
if DEMO_MAILBOX:
    EMAIL_BACKEND = "advocacy.demo.mailbox.MailboxBackend"
    DEMO_MAILBOX_DIR = DATA_DIR / "mailbox"
else:
    required("EMAIL_URL")
    vars().update(env.email_url("EMAIL_URL"))
    if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "petitions.posting.EmailBackend"
EMAIL_TIMEOUT = 10  # seconds; a silent server must not keep the worker from counting
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <petitions@{_site.hostname}>")

# Where answers to our letters go, if not to the sender.
REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", "")

# --- Time and language --------------------------------------------------------------------------

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
# English has no prefix; each of the others has its code. Their words are in locale/.
LANGUAGES = [
    ("en", "English"),
    ("fr", "français"),
    ("es", "español"),
    ("ru", "русский"),
    ("ar", "العربية"),
    ("zh-hans", "简体中文"),
    ("he", "עברית"),
    ("fa", "فارسی"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["advocacy.formats"]

# --- Watched networks ---------------------------------------------------------------------------

# Where "Leave this page" leads: a page that may stand on anybody's screen and opens where other
# sites are blocked. The World Meteorological Organization's is light and made by most countries.
QUICK_EXIT_URL = env.str("QUICK_EXIT_URL", "https://worldweather.wmo.int/")
if urlsplit(QUICK_EXIT_URL).scheme != "https":
    raise ImproperlyConfigured("QUICK_EXIT_URL must begin with https://")
# The same site as an onion service: http, since the address itself proves who answers.
ONION_URL = env.str("ONION_URL", "").rstrip("/")
ONION_HOST = urlsplit(ONION_URL).hostname or ""
if ONION_URL and not ONION_HOST.endswith(".onion"):
    raise ImproperlyConfigured("ONION_URL must be an address such as http://….onion")
if ONION_HOST:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, ONION_HOST]

# --- Logging: what happened, never to whom -------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "advocacy.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's default handlers would mail whole requests to ADMINS and print paths.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
        # For debugging it writes every tag of a photo: place, camera, names.
        "PIL": {"level": "WARNING"},
    },
}

# --- Our own ------------------------------------------------------------------------------------

# How long somebody who signed has to confirm; then the pending row and its letter are erased.
CONFIRMATION_DAYS = env.int("CONFIRMATION_DAYS", 7)
# Who signed in the last minute before a petition closed still has time to open the letter.
CONFIRMATION_GRACE_HOURS = 24
# How long a worker may hold a batch of letters before another one may take it over.
LETTER_LEASE_SECONDS = env.int("LETTER_LEASE_SECONDS", 300)
if LETTER_LEASE_SECONDS < 60:
    raise ImproperlyConfigured("LETTER_LEASE_SECONDS must be 60 or more.")
LETTER_BATCH_COUNT = 100
# Smaller, since a letter that comes meanwhile waits for the end of a batch of updates.
DELIVERY_BATCH_COUNT = 25
# To one mailbox about one petition, whoever types the address, and however often.
LETTERS_PER_DAY = 5
# A letter that a mail server keeps putting off is tried again for this long.
LETTER_TRIES_DAYS = 3
# Who has not answered the letter is reminded once.
REMINDER_AFTER_DAYS = 2
# A page that stays open asks for the number no sooner again than after so long; 0 is never.
LIVE_COUNT_SECONDS = env.int("LIVE_COUNT_SECONDS", 10)
# How long the clues for a review (hour, kind of provider, network bucket) stay with a signature.
REVIEW_DAYS = 14

# --- The guard: who is asked to calculate or to wait ----------------------------------------------

# A school, a train, a carrier of mobile phones: many people, one network.
SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = env.int(
    "SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR", 30
)
SIGNATURES_PER_NETWORK_AND_ADDRESS_PER_HOUR = env.int(
    "SIGNATURES_PER_NETWORK_AND_ADDRESS_PER_HOUR", 5
)
# The fastest petition that we know of took nearly 2,000 a minute at its peak (UK Parliament, 2019).
SIGNATURES_PER_PETITION_PER_MINUTE = env.int("SIGNATURES_PER_PETITION_PER_MINUTE", 3000)
SIGNATURES_PER_MINUTE = env.int("SIGNATURES_PER_MINUTE", 6000)
LINKS_PER_NETWORK_PER_HOUR = env.int("LINKS_PER_NETWORK_PER_HOUR", 10)
LINKS_PER_NETWORK_AND_ADDRESS_PER_HOUR = env.int("LINKS_PER_NETWORK_AND_ADDRESS_PER_HOUR", 5)
WRONG_CODES_PER_NETWORK_PER_HOUR = env.int("WRONG_CODES_PER_NETWORK_PER_HOUR", 10)
TICKETS_PER_NETWORK_PER_HOUR = env.int("TICKETS_PER_NETWORK_PER_HOUR", 30)
# Near the limits of a network, of so many forms one is counted, for as many; 1 counts exactly.
COUNTED_ONE_IN = 3
# Nobody reads and types in less.
FORM_AGE_SECONDS = env.int("FORM_AGE_SECONDS", 2)
# Who waits, waits so long: first, and at most.
WAIT_SECONDS = env.int("WAIT_SECONDS", 20)
WAIT_MOST_SECONDS = 600
# Who calculates tries so many numbers at most: first, and in the greatest flood. A desk tries some
# 5,000 a second with one core, a cheap phone some 2,500 with three.
PROOF_TRIES = env.int("PROOF_TRIES", 4000)
PROOF_MOST_TRIES = 20_000

if DEBUG:
    os.environ.setdefault("PYTHONWARNINGS", "default")
