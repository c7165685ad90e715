"""Which spellings of an e-mail address are one mailbox?"""

from email_validator import EmailNotValidError, validate_email

MAX_ADDRESS_CHARACTERS = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets

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


class NotAnAddress(ValueError):
    """No mail can be sent to what was typed. The message never repeats it."""


def deliverable(typed: str) -> str:
    """The address to write to: as typed, with a normal form of the domain.

    Only the syntax is looked at; nobody is asked over the network who might take note.
    Raises NotAnAddress.
    """
    try:
        parts = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        # "from None", since the library's message quotes the address.
        raise NotAnAddress from None
    return parts.normalized


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
