"""Would a letter leave, and do any wait?"""

import smtplib
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from advocacy.doctor.finding import Finding, fault, ok, warn
from petitions.models import Delivery, Letter

WAITING_MINUTES = 10
SMTP = "petitions.posting.EmailBackend"
_HERE = ("localhost", "127.0.0.1", "::1")


def look(is_network_asked: bool = True) -> Iterator[Finding]:
    """The way out, and the queue before it."""
    yield way_out()
    if is_network_asked and settings.EMAIL_BACKEND == SMTP:
        yield server()
    yield from queue()


def way_out() -> Finding:
    """Where letters go by EMAIL_URL, and whether others may read them on the way."""
    if settings.DEMO_MAILBOX:
        return warn("letters go to the demo’s mailbox", "Set EMAIL_URL to send real ones.")
    if settings.EMAIL_BACKEND != SMTP:
        return fault(
            "EMAIL_URL does not lead to a mail server: letters are written to a log or a file",
            "Set EMAIL_URL=smtp+tls://user:password@mail.example.org:587",
        )
    is_encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if not is_encrypted and settings.EMAIL_HOST not in _HERE:
        return warn(
            "letters go to the mail server unencrypted",
            "Use smtp+tls:// (port 587) or smtp+ssl:// (port 465) in EMAIL_URL.",
        )
    return ok("letters go out by SMTP")


def server() -> Finding:
    """Connect, greet, encrypt and log in as a letter would; name our sender, and take it back."""
    mail = get_connection()
    name = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        mail.open()
        mail.connection.ehlo_or_helo_if_needed()
        mail.connection.noop()
        code, _words = mail.connection.mail(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
        mail.connection.rset()
    except (OSError, smtplib.SMTPException) as error:
        return fault(f"the mail server {name}: {_seen(error)}", _to_do(error))
    finally:
        mail.close()
    if code >= 400:
        return fault(
            f"the mail server {name} refuses our sender (code {code})",
            "Allow the address of DEFAULT_FROM_EMAIL there, or set one that it allows.",
        )
    return ok(f"the mail server {name} takes our letters")


def send_to(address: str) -> Finding:
    """Send one test mail. Says nothing of the address."""
    body = "This is a test mail. Whoever runs the site asked for it; there is nothing to do.\n"
    subject = f"Test of {settings.SITE_NAME}"
    connection = get_connection()
    try:
        connection.open()
        EmailMessage(subject, body, to=[address], connection=connection).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = ", ".join(str(code) for code, _words in error.recipients.values())
        return fault(
            f"the mail server refused the address of the test mail (code {codes})",
            "Look at the address; if it is right, at what the mail server's own log says.",
        )
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return fault(f"the test mail was not sent: {_seen(error)}", _to_do(error))
    finally:
        connection.close()
    return ok("the test mail was handed over: look whether it arrives, and not as spam")


def queue() -> Iterator[Finding]:
    """How many letters wait too long, and how much was given up."""
    before = timezone.now() - timedelta(minutes=WAITING_MINUTES)
    if count := Letter.objects.leaving(before).count():
        yield warn(
            f"{count} letters wait longer than {WAITING_MINUTES} minutes",
            "Look at the worker and the mail server here: journalctl -u advocacy-work.",
        )
    else:
        yield ok(f"no letter waits longer than {WAITING_MINUTES} minutes")
    refused = {"letters": Letter, "updates": Delivery}
    counts = {name: model.objects.refused().count() for name, model in refused.items()}
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    if any(counts.values()):
        yield warn(
            f"given up: {words}",
            "Once the mail server is mended: .venv/bin/python manage.py outbox --retry",
        )
    else:
        yield ok("nothing was given up")


def _seen(error: Exception) -> str:
    """The class of the error and the server's code, never its words."""
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()


def _to_do(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "It refuses our login: look at user and password in EMAIL_URL (%-encoded)."
    if isinstance(error, ssl.SSLError):
        return "Its certificate or its encryption is not right: look at host and port in EMAIL_URL."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "It does not offer what EMAIL_URL asks for (encryption or login) at that port."
    return "Look at host and port in EMAIL_URL, and whether the firewall lets us out to it."
