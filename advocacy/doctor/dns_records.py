"""Do the world's mail servers believe our sender, and is our host found?"""

from collections.abc import Callable, Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
from django.conf import settings

from advocacy.doctor.finding import Finding, fault, ok, warn

PATIENCE_SECONDS = 5
Ask = Callable[[str, str], list[str]]


class NoAnswer(Exception):
    """No name server answered; that is not the same as "there is none"."""


def ask(name: str, kind: str) -> list[str]:
    """The records of a name, as text; none where there are none. Raises NoAnswer."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=PATIENCE_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException:
        raise NoAnswer from None
    if kind == "TXT":  # long ones come in pieces
        return [b"".join(record.strings).decode(errors="replace") for record in answer]
    return [record.to_text() for record in answer]


def look(dkim_selector: str = "", ask: Ask = ask) -> Iterator[Finding]:
    """The site's host, and the records of the sender's domain."""
    try:
        yield host(ask)
        if settings.DEMO_MAILBOX:
            return
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        yield mail_exchanger(domain, ask)
        yield spf(domain, ask)
        yield dmarc(domain, ask)
        if dkim_selector:
            yield dkim(domain, dkim_selector, ask)
        else:
            yield warn(
                "DKIM was not looked at",
                "Ask with the selector that your mail server signs with: --dkim-selector NAME",
            )
    except NoAnswer:
        yield warn("no name server answers us", "Look at /etc/resolv.conf, or ask again later.")


def host(ask: Ask) -> Finding:
    """Whether the name in our letters leads anywhere."""
    name = urlsplit(settings.SITE_URL).hostname
    if name == "localhost" or name.replace(".", "").isdigit():
        return ok("SITE_URL is this machine")
    if ask(name, "A") or ask(name, "AAAA"):
        return ok(f"{name} leads to a machine")
    return fault(
        f"{name}, the host of SITE_URL, has no address",
        f"Add a record such as: {name}. A 192.0.2.1 (with the address of your machine)",
    )


def mail_exchanger(domain: str, ask: Ask) -> Finding:
    """Whether answers and bounces find a way back."""
    found = ask(domain, "MX")
    if found and not all(record.split()[-1] == "." for record in found):
        return ok(f"MX of {domain}")
    return fault(
        f"{domain}, from which our letters come, takes no mail (MX)",
        f"Add a record such as: {domain}. MX 10 {_mail_host(domain)}.",
    )


def spf(domain: str, ask: Ask) -> Finding:
    """Whether it is said who may send for us: once, and not "anybody"."""
    records = [text for text in ask(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]
    advice = f'{domain}. TXT "v=spf1 mx a:{_mail_host(domain)} -all"'
    if not records:
        return fault(f"{domain} has no SPF record", f"Add a record such as: {advice}")
    if len(records) > 1:
        return fault(
            f"{domain} has {len(records)} SPF records, so none is valid",
            f"Make one of them, such as: {advice}",
        )
    if {"+all", "all"} & set(records[0].lower().split()):
        return fault(
            f"SPF of {domain} lets anybody send in our name", f"Change its end, as in: {advice}"
        )
    return ok(f"SPF of {domain}")


def dmarc(domain: str, ask: Ask) -> Finding:
    """Whether it is said what to do with forged letters, at the domain or one above it."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        texts = ask(".".join(["_dmarc", *labels[first:]]), "TXT")
        policies = [_tags(text).get("p", "") for text in texts if text.startswith("v=DMARC1")]
        if any(policies):
            return _judged_policy(domain, next(filter(None, policies)))
    return fault(
        f"{domain} has no DMARC record; large providers ask for one",
        f'Add a record such as: _dmarc.{domain}. TXT "v=DMARC1; p=quarantine"',
    )


def dkim(domain: str, selector: str, ask: Ask) -> Finding:
    """Whether the key is there that our mail server's signature is checked with."""
    name = f"{selector}._domainkey.{domain}"
    if any(_tags(text).get("p") for text in ask(name, "TXT")):
        return ok(f"DKIM key {selector} of {domain}")
    return fault(
        f"{domain} has no DKIM key {selector}",
        f'Add the record that your mail server gives you: {name}. TXT "v=DKIM1; k=rsa; p=…"',
    )


def _judged_policy(domain: str, policy: str) -> Finding:
    if policy.lower() == "none":
        return warn(
            f"DMARC of {domain} lets forged letters through (p=none)",
            "Once your own letters arrive, change it to p=quarantine.",
        )
    return ok(f"DMARC of {domain}: p={policy}")


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _is, value in pairs}


def _mail_host(domain: str) -> str:
    named = settings.EMAIL_HOST or ""
    return named if named.endswith(f".{domain}") else f"mail.{domain}"
