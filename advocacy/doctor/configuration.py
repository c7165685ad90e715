"""Are the settings those of a site with real signers, and are its folders right?"""

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host

from advocacy.doctor.finding import Finding, fault, ok, warn

SECRET_KEY_LENGTH = 50
LEAST_FREE_BYTES = 200 * 1024 * 1024
LEAST_FREE_SHARE, LITTLE_FREE_SHARE = 0.02, 0.10


def look() -> Iterator[Finding]:
    """All that can be seen without asking anybody."""
    yield user_here()
    yield real_or_demo()
    yield host_allowed()
    yield secret_key()
    yield second_factor()
    yield from django_checks()
    yield from folders()
    for name in ("DATA_DIR", "KEYS_DIR"):
        if Path(getattr(settings, name)).exists():
            yield disk(name)


def user_here(user_id: int | None = None) -> Finding:
    """Whether we are who runs the site: another user sees another cache and other rights."""
    user_id = os.geteuid() if user_id is None else user_id
    if not Path(settings.KEYS_DIR).exists() or Path(settings.KEYS_DIR).stat().st_uid == user_id:
        return ok("asked by the user whom the keys belong to")
    owner = _name_of_user(Path(settings.KEYS_DIR).stat().st_uid)
    return fault(
        "asked by another user than the one whom the keys belong to",
        f"Ask as the user who runs the site: sudo -u {owner} .venv/bin/python manage.py doctor",
    )


def real_or_demo() -> Finding:
    """DEBUG and DEMO show letters and secrets to everybody."""
    names = " and ".join(name for name in ("DEBUG", "DEMO") if getattr(settings, name))
    scheme = urlsplit(settings.SITE_URL).scheme
    if scheme == "https" and names:
        return fault(
            f"{names} on, at an address by HTTPS",
            f"Remove {names} from the environment and restart web and worker.",
        )
    if scheme != "https":
        return warn(
            "SITE_URL is plain HTTP: a demo",
            "For real signers set SITE_URL=https://… and neither DEBUG nor DEMO.",
        )
    return ok("DEBUG and DEMO are off")


def host_allowed() -> Finding:
    """Whether the site answers to the name that stands in its letters."""
    host = urlsplit(settings.SITE_URL).hostname
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return fault(
            f"ALLOWED_HOSTS lacks {host}, the host of SITE_URL",
            f"Add it: ALLOWED_HOSTS={','.join([*settings.ALLOWED_HOSTS, host])}",
        )
    if "*" in settings.ALLOWED_HOSTS:
        return warn("ALLOWED_HOSTS allows any name", f"Set ALLOWED_HOSTS={host}")
    return ok(f"ALLOWED_HOSTS has {host}")


def secret_key() -> Finding:
    """Whoever guesses it writes the links of our letters."""
    if len(settings.SECRET_KEY) >= SECRET_KEY_LENGTH:
        return ok("SECRET_KEY is long enough")
    return fault(
        f"SECRET_KEY has fewer than {SECRET_KEY_LENGTH} characters",
        "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))', and keep the old "
        "one in SECRET_KEY_FALLBACKS until its letters are answered.",
    )


def second_factor() -> Finding:
    """Whether an editor's password alone opens the desk."""
    if settings.EDITORS_SECOND_FACTOR:
        return ok("editors need a second factor")
    return warn(
        "editors' passwords alone open the desk",
        "Remove EDITORS_SECOND_FACTOR from the environment, unless this is a demo.",
    )


def django_checks() -> Iterator[Finding]:
    """What `manage.py check --deploy` says, a line each."""
    found = checks.run_checks(include_deployment_checks=True)
    # Missing keys have an area of their own.
    found = [m for m in found if m.id != "petitions.E001" and not m.is_silenced()]
    for message in found:
        say = fault if message.is_serious() else warn
        words = " ".join(message.msg.split())
        hint = " ".join((message.hint or "").split())
        yield say(f"{message.id}: {words}", hint or "See manage.py check --deploy.")
    if not found:
        yield ok("manage.py check --deploy has nothing to say")


def folders() -> Iterator[Finding]:
    """Whether we can write to them, and nobody else can read the keys."""
    for name in ("DATA_DIR", "KEYS_DIR"):
        folder = Path(getattr(settings, name))
        if folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield ok(f"{name} can be written")
        else:
            yield fault(
                f"{name} ({folder}) is not a folder that we can write",
                f"install -d -m 0700 -o {_name_of_user(os.geteuid())} {folder}",
            )
    yield from _keys_are_apart(Path(settings.KEYS_DIR))


def disk(name: str, usage: Callable = shutil.disk_usage) -> Finding:
    """How much room is left where a folder is."""
    space = usage(Path(getattr(settings, name)))
    share = space.free / space.total
    words = f"disk of {name}: {share:.0%} free, {space.free // 1024**2} MB"
    to_do = (
        "Make room: old backups, journalctl --vacuum-size=200M, apt-get clean; or a larger disk."
    )
    if share < LEAST_FREE_SHARE or space.free < LEAST_FREE_BYTES:
        return fault(words, to_do)
    return warn(words, to_do) if share < LITTLE_FREE_SHARE else ok(words)


def _keys_are_apart(keys: Path) -> Iterator[Finding]:
    if not keys.exists():
        return
    if keys.stat().st_mode & 0o077:
        yield fault("KEYS_DIR can be entered by other users", f"chmod 0700 {keys}")
    else:
        yield ok("KEYS_DIR is closed to other users")
    served = [settings.MEDIA_ROOT, settings.STATIC_ROOT, *settings.STATICFILES_DIRS]
    if any(keys.resolve().is_relative_to(Path(folder).resolve()) for folder in served):
        yield fault(
            "KEYS_DIR is in a folder whose files everybody may fetch",
            "Move it, say to /var/lib/advocacy-keys, set KEYS_DIR, and take it that the keys are "
            "known: manage.py keys rotate",
        )
    else:
        yield ok("KEYS_DIR is in no folder that is served")


def _name_of_user(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
