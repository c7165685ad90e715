"""How do many get the same mail, each with a link of their own, without its being made anew?

Django makes the mail once, with marks where something differs. Its bytes are cut at the marks, and
each copy is these pieces with its own words between them: byte for byte what Django would have
made. Where that can't be promised (an address that has to be encoded, a line that has to be
broken) a copy has no bytes, and whoever sends it has Django make them.
"""

import re
from email.utils import formatdate
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from petitions import addresses, outbox

# No letter has these words. They stand for link and code in whatever is to be printed.
LINK, CODE = "link-of-whoever-signed", "code-of-whoever-signed"

# A longer header is folded (RFC 5322, section 2.1.1); a longer line makes Django encode the text.
_HEADER_CHARACTERS, _LINE_BYTES = 78, 998
_PLAIN = re.compile("[ -~]*")  # printable ASCII: it stands in a mail as it is, and can't end a line
_AS_IT_IS = {"7bit", "8bit"}  # not quoted-printable, not base64


class Copy(EmailMultiAlternatives):
    """A mail to one person, like any other of Django's; its bytes, too, if they were printed."""

    printed: bytes | None = None


class _Own(NamedTuple):
    """What differs from copy to copy."""

    to: str
    date: str
    message_id: str
    link: str
    code: str


_MARKS = _Own("to@whoever-signed.invalid", "date-of-this-letter", "id-of-this-letter", LINK, CODE)
_AT_A_MARK = re.compile(f"({'|'.join(map(re.escape, _MARKS))})".encode())


class Plate:
    """What a mail says but for what differs, to print copies of it."""

    def __init__(self, subject: str, text: str, html: str) -> None:
        self._words = (subject, text, html)
        self._pieces = self._cut()

    def copy(self, *, to: str, message_id: str, link: str, code: str) -> Copy:
        """A mail to one person. Link and code are written into HTML as they are."""
        date = formatdate(localtime=settings.EMAIL_USE_LOCALTIME)
        own = _Own(to, date, message_id, link, code)
        copy = self._filled(own)
        copy.printed = self._print(own)
        return copy

    def _filled(self, own: _Own) -> Copy:
        subject, *bodies = self._words
        text, html = (words.replace(LINK, own.link).replace(CODE, own.code) for words in bodies)
        copy = Copy(
            subject=subject,
            body=text,
            to=[own.to],
            reply_to=outbox.reply_to(),
            headers={
                "Date": own.date,
                "Message-ID": own.message_id,
                "Auto-Submitted": "auto-generated",
            },
        )
        copy.attach_alternative(html, "text/html")
        return copy

    def _cut(self) -> list[bytes]:
        """Pieces and marks in turn; nothing where Django has encoded what a mark stands in."""
        message = self._filled(_MARKS).message()
        if any(
            part["Content-Transfer-Encoding"] not in _AS_IT_IS for part in message.get_payload()
        ):
            return []
        pieces = _AT_A_MARK.split(message.as_bytes(linesep="\r\n"))
        in_head = [_MARKS.to, _MARKS.date, _MARKS.message_id]
        in_body = _AT_A_MARK.findall("".join(self._words[1:]).encode())
        whole = sorted([mark.encode() for mark in in_head] + in_body)
        return pieces if sorted(pieces[1::2]) == whole else []

    def _print(self, own: _Own) -> bytes | None:
        is_plain = addresses.is_plain(own.to) and all(_PLAIN.fullmatch(word) for word in own)
        headers = (f"To: {own.to}", f"Message-ID: {own.message_id}")
        if not (self._pieces and is_plain and max(map(len, headers)) <= _HEADER_CHARACTERS):
            return None
        words = {mark.encode(): word.encode() for mark, word in zip(_MARKS, own, strict=True)}
        pieces = self._pieces.copy()
        pieces[1::2] = [words[mark] for mark in pieces[1::2]]
        printed = b"".join(pieces)
        is_wide = max(map(len, printed.split(b"\r\n"))) > _LINE_BYTES
        return None if is_wide else printed
