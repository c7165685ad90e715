"""What does a delivery report (RFC 3464) say, and about which of our mails?

Anybody can send us a report, so one is believed only as far as it can do no harm.
"""

from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.message import Message

from petitions import addresses, sealing
from petitions.models import Petition

# A report on one of our mails has one recipient; anybody may send us a longer one.
MAX_BLOCKS = 10
# What went out comes back whole or as its head only (RFC 6522, RFC 6533).
_MESSAGES = ("message/rfc822", "message/rfc822-headers", "message/global", "message/global-headers")


def failed_mailboxes(report: Message) -> list[bytes]:
    """What recognises those who can't be reached, petition by petition, as far as keys are here.

    A report of a delay concerns nobody.
    """
    return [h for address in _failed_recipients(report) for h in _hashes_of(address)]


def quoted_message_ids(report: Message) -> set[str]:
    """The Message-IDs of what came back, which nobody knows but sender and receiver."""
    return {str(mail["Message-ID"]).strip() for mail in _returned(report) if mail["Message-ID"]}


def _failed_recipients(report: Message) -> list[str]:
    failed = []
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        # One block of fields a recipient; the first is about the message as a whole.
        for fields in part.get_payload()[:MAX_BLOCKS]:
            recipient = str(fields.get("Final-Recipient", "")).rpartition(";")[2].strip()
            if str(fields.get("Action", "")).strip().lower() == "failed" and "@" in recipient:
                failed.append(recipient)
    return failed


def _hashes_of(address: str) -> Iterator[bytes]:
    for key_id in Petition.objects.exclude(duplicate_key_id="").values_list(
        "duplicate_key_id", flat=True
    ):
        with suppress(sealing.KeyMissing):
            yield sealing.duplicate_hash(key_id, addresses.canonical(address))


def _returned(report: Message) -> Iterator[Message]:
    for part in report.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            yield message_from_bytes(part.get_payload(decode=True) or b"")
        elif kind in _MESSAGES and part.is_multipart():
            yield from part.get_payload()[:1]
