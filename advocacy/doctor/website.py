"""Does the site answer at its own address, as it should, and for how long will it?"""

import http.client
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from advocacy.doctor.finding import Finding, fault, ok, warn

PATIENCE_SECONDS = 10
CERTIFICATE_DAYS = 14
CLOCKS_APART_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by their small names, and the end of the certificate."""

    status: int
    headers: dict[str, str]
    certificate_ends: datetime | None = None


def fetch(url: str) -> Answer:
    """Ask once, without following anybody elsewhere. Raises OSError, HTTPException."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        link = http.client.HTTPSConnection(
            parts.hostname,
            parts.port,
            timeout=PATIENCE_SECONDS,
            context=ssl.create_default_context(),
        )
    else:
        link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
    try:
        link.connect()
        ends = None
        if parts.scheme == "https":
            seconds = ssl.cert_time_to_seconds(link.sock.getpeercert()["notAfter"])
            ends = datetime.fromtimestamp(seconds, UTC)
        link.request("GET", parts.path)
        response = link.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, ends)
    finally:
        link.close()


def look(
    fetch: Callable[[str], Answer] = fetch, now: Callable[[], datetime] = timezone.now
) -> Iterator[Finding]:
    """Ask `/healthz` from here, as a reader would."""
    url = f"{settings.SITE_URL}/healthz"
    try:
        answer = fetch(url)
    except ssl.SSLCertVerificationError as error:
        # Its words are OpenSSL's own, such as "certificate has expired".
        yield fault(
            f"the certificate of the site: {error.verify_message}",
            "Renew it (certbot renew), and have nginx read it: systemctl reload nginx",
        )
        return
    except (OSError, http.client.HTTPException) as error:
        yield fault(
            f"nobody answers at {settings.SITE_URL} ({type(error).__name__})",
            "Look from here at: systemctl status nginx advocacy-web; then at DNS and the firewall.",
        )
        return
    yield status(answer)
    if urlsplit(settings.SITE_URL).scheme == "https":
        yield from headers(answer)
        yield certificate(answer, now())
    yield clock(answer, now())


def status(answer: Answer) -> Finding:
    """Whether the right one answers."""
    if answer.status == 200:
        return ok(f"{settings.SITE_URL} answers")
    to_do = {
        301: "The site does not know that readers come by HTTPS: set X-Forwarded-Proto in nginx "
        "and BEHIND_PROXY=1.",
        400: "nginx must pass the reader's Host on, and ALLOWED_HOSTS must have it.",
        502: "systemctl start advocacy-web",
    }
    return fault(
        f"{settings.SITE_URL} answers with status {answer.status}",
        to_do.get(answer.status, "Look at nginx and at journalctl -u advocacy-web."),
    )


def headers(answer: Answer) -> Iterator[Finding]:
    """Whether what protects readers arrives there."""
    wanted = {
        "strict-transport-security": "Set X-Forwarded-Proto in nginx and BEHIND_PROXY=1: the site "
        "sends it only to who came by HTTPS.",
        "content-security-policy": "Something before the site takes it away: look at nginx.",
    }
    for name, to_do in wanted.items():
        if answer.headers.get(name):
            yield ok(f"answers carry {name}")
        else:
            yield fault(f"answers lack {name}", to_do)


def certificate(answer: Answer, now: datetime) -> Finding:
    """For how many days it is still good."""
    days = (answer.certificate_ends - now).days
    words = f"the certificate ends in {days} days"
    if days < CERTIFICATE_DAYS:
        return warn(words, "Find out why it was not renewed: certbot renew --dry-run")
    return ok(words)


def clock(answer: Answer, now: datetime) -> Finding:
    """Whether whoever answers has our time."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return warn("the site's answer has no date", "Look at what stands before the site.")
    apart = abs(theirs - now)
    if apart > timedelta(seconds=CLOCKS_APART_SECONDS):
        return fault(
            f"our clock and the site’s are {apart.total_seconds():.0f} seconds apart",
            "On both machines: timedatectl set-ntp true, then timedatectl status.",
        )
    return ok("our clock and the site’s agree")
