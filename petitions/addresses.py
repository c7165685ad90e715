"""Which spellings of an e-mail address are one mailbox, and what kind of provider is it with?"""

import re

from disposable_email_domains import blocklist as _THROWAWAY
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from petitions import sealing
from stories import figures

MAX_ADDRESS_CHARACTERS = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets

# What nearly everybody has: letters and figures, single marks between them, and so no "xn--". Of
# these the library says the same, and takes some twenty times as long to say it.
_ORDINARY = re.compile(
    r"[a-z0-9]+(?:[._+-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+([a-z]{2,24})", re.I | re.A
)
_MOST_ORDINARY_CHARACTERS = 63  # no part of an address can be too long then
_SPECIAL_ENDS = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)

# A "dot-string" and a domain of RFC 5321.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOT_STRING = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")

# Providers that deliver two domains into one mailbox. Each says so in its own help pages.
_SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
    "yandex.ua": "yandex.ru",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
}
_DOTS_MEAN_NOTHING = {"gmail.com"}
_DOTS_AND_DASHES_ARE_ONE = {"yandex.ru"}
_NOTHING_COUNTS_BUT_LETTERS = {"proton.me"}  # dots, dashes and underscores mean nothing

# Where most people have their mail; to use one of them says nothing of anybody.
LARGE = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com
    icloud.com me.com mac.com aol.com gmx.com gmx.net gmx.de web.de t-online.de mail.com
    proton.me protonmail.com pm.me tuta.com tutanota.com posteo.de mailbox.org orange.fr
    wanadoo.fr free.fr laposte.net libero.it yandex.ru yandex.com ya.ru mail.ru bk.ru list.ru
    inbox.ru rambler.ru ukr.net i.ua seznam.cz wp.pl o2.pl onet.pl interia.pl abv.bg qq.com
    163.com 126.com sina.com naver.com hanmail.net daum.net rediffmail.com fastmail.com
    zoho.com hotmail.co.uk yahoo.co.uk hotmail.fr yahoo.fr btinternet.com sky.com
    """.split()  # noqa: SIM905
)
OTHER_BUCKETS_COUNT = 64


class NotAnAddress(ValueError):
    """No mail can be sent to what was typed. The message never repeats it."""


def deliverable(typed: str) -> str:
    """The address to write to: as typed, with Western figures and a normal form of the domain.

    Only the syntax is looked at; nobody is asked over the network who might take note.
    Raises NotAnAddress.
    """
    typed = typed.strip()
    if address := at_sight(typed):
        return address
    try:
        parts = validate_email(
            _with_western_figures(typed), check_deliverability=False, allow_smtputf8=False
        )
    except EmailNotValidError:
        # "from None", since the library's message quotes the address.
        raise NotAnAddress from None
    return parts.normalized


def at_sight(typed: str) -> str | None:
    """What `deliverable` makes of an ordinary address; None for all others, good or bad."""
    found = _ORDINARY.fullmatch(typed) if len(typed) <= _MOST_ORDINARY_CHARACTERS else None
    if found is None or found[1].lower() in _SPECIAL_ENDS:
        return None
    local, _, domain = typed.partition("@")
    return f"{local}@{domain.lower()}"


def _with_western_figures(typed: str) -> str:
    # No mailbox that we can write to, and no part of a domain that is Latin otherwise, has others
    # (RFC 5893). Where a domain is Persian or Arabic, they are its own.
    if typed.isascii():
        return typed
    parts = [(part, figures.western(part)) for part in re.split(r"([@.])", typed)]
    return "".join(found if found.isascii() else part for part, found in parts)


def canonical(address: str) -> str:
    """One spelling for all spellings of a mailbox, to recognise it by; never to write to.

    Lower case, no plus tag, and the provider's own rules. Too eager a rule would refuse a
    person, so only rules that providers document are here.
    """
    local, _, domain = address.lower().rpartition("@")
    domain = _SAME_DOMAIN.get(domain, domain)
    local = local.split("+", 1)[0] or local
    if domain in _DOTS_MEAN_NOTHING:
        local = local.replace(".", "")
    elif domain in _DOTS_AND_DASHES_ARE_ONE:
        local = local.replace(".", "-")
    elif domain in _NOTHING_COUNTS_BUT_LETTERS:
        local = local.replace(".", "").replace("-", "").replace("_", "")
    return f"{local}@{domain}"


def is_plain(address: str) -> bool:
    """Whether it stands in a mail as it is, without quotes or encoding (RFC 5321: dot-string)."""
    return bool(_DOT_STRING.fullmatch(address))


def domains(address: str) -> list[str]:
    """The domain of an address and those above it, the longest first, but no top-level domain."""
    labels = address.lower().rpartition("@")[2].split(".")
    return [".".join(labels[n:]) for n in range(len(labels) - 1)]


def is_throwaway(address: str) -> bool:
    """Whether the provider gives out addresses for a day (list: disposable-email-domains)."""
    return any(domain in _THROWAWAY for domain in domains(address))


def mail_class(address: str, key: sealing.PetitionKey) -> str:
    """What kind of provider an address is with: all that a review may know of it.

    "large", "throwaway", or "other" with one of 64 buckets, in which many domains share a number.
    """
    domain = address.lower().rpartition("@")[2]
    if domain in LARGE:
        return "large"
    if is_throwaway(address):
        return "throwaway"
    return f"other {key.bucket(domain, OTHER_BUCKETS_COUNT)}"
