"""How does a mail get to the mail server with as few waits as possible?

A mail has four answers to wait for: to its sender, its recipient, the wish to send, and its words.
Where the server allows it (PIPELINING, RFC 2920) the first three are asked for at once, so there
are two waits. Connection, TLS and login are Django's.
"""

import smtplib
from collections.abc import Sequence
from contextlib import suppress

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from petitions import addresses, outbox

_GO_ON = 354
_CLOSING = 421  # the server says that it hangs up (RFC 5321, section 3.8)


class EmailBackend(smtp.EmailBackend):
    """Django's way to a mail server, with fewer waits for what goes to one plain address.

    Raises what smtplib's `sendmail` raises.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each over the open connection; returns how many were taken."""
        return sum(self._send_one(message) for message in email_messages)

    def _send_one(self, message: EmailMessage) -> int:
        sender, recipients = outbox.sender(message.from_email), message.recipients()
        is_plain = len(recipients) == 1 and all(map(addresses.is_plain, (sender, *recipients)))
        if not self.connection or self.fail_silently or not is_plain:
            return super().send_messages([message])
        content = getattr(message, "printed", None) or message.message().as_bytes(linesep="\r\n")
        self.connection.ehlo_or_helo_if_needed()
        if self.connection.has_extn("pipelining"):
            _post(self.connection, sender, recipients[0], content)
        else:
            self.connection.sendmail(sender, recipients, content)
        return 1


def _post(server: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> None:
    """Ask the three questions at once, and send the words if all were answered well.

    Sender and recipient are plain: nothing in them can end a line.
    """
    size = f" size={len(content)}" if server.has_extn("size") else ""
    server.send(f"mail FROM:<{sender}>{size}\r\nrcpt TO:<{recipient}>\r\ndata\r\n")
    refusal = _refusal(server, sender, recipient)
    if not refusal:
        server.send(_with_end(content))
        code, words = server.getreply()
        if code == 250:
            return
        refusal = smtplib.SMTPDataError(code, words)
        if code == _CLOSING:
            server.close()
    with suppress(smtplib.SMTPServerDisconnected):
        server.rset()
    raise refusal


def _refusal(server: smtplib.SMTP, sender: str, recipient: str) -> smtplib.SMTPException | None:
    """What the first of the three answers says that is not well; all of them are heard."""
    refusal = code = None
    for well, refused in (
        ({250}, lambda *answer: smtplib.SMTPSenderRefused(*answer, sender)),
        ({250, 251}, lambda *answer: smtplib.SMTPRecipientsRefused({recipient: answer})),
        ({_GO_ON}, smtplib.SMTPDataError),
    ):
        try:
            code, words = server.getreply()
        except smtplib.SMTPServerDisconnected:
            if refusal:  # it hung up on whom it refused
                return refusal
            raise
        if code not in well:
            refusal = refusal or refused(code, words)
        if code == _CLOSING:
            server.close()
            return refusal
    if refusal and code == _GO_ON:
        # It waits for words to nobody; these are none (RFC 2920, section 3.1).
        server.send(".\r\n")
        server.getreply()
    return refusal


def _with_end(content: bytes) -> bytes:
    # A line that begins with a dot gets another one, since a dot alone is the end (RFC 5321).
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return ended.replace(b"\n.", b"\n..") + b".\r\n"
