"""The mail server is asked as much at once as it allows, and understood whatever it says."""

import smtplib
import socket
import threading

import pytest
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

HANGS_UP = ""


class Postmaster:
    """A mail server of one connection, which says to each command what it is told to, in turn."""

    def __init__(self, is_asked_at_once: bool = True, **told: list[str]) -> None:
        self.is_asked_at_once, self.told = is_asked_at_once, told
        self.commands: list[str] = []
        self.letters: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0))

    def serve(self) -> None:
        """Listen and answer, until somebody hangs up."""
        connection, _ = self.listening.accept()
        held = "220 here\r\n"
        with connection, connection.makefile("rb") as lines:
            connection.sendall(held.encode())
            held = ""
            while line := lines.readline().decode().strip():
                self.commands.append(line)
                verb = line.split()[0].lower()
                if (answer := self.answer(verb)) == HANGS_UP:
                    connection.sendall(held.encode())
                    return
                held += f"{answer}\r\n"
                if self.is_asked_at_once and verb in ("mail", "rcpt"):
                    continue  # whoever waits for this answer waits in vain
                connection.sendall(held.encode())
                held = ""
                if answer.startswith("354"):
                    self.letters.append(self.read(lines))
                    connection.sendall(f"{self.answer('words')}\r\n".encode())

    def answer(self, word: str) -> str:
        """What it says to a word: the next thing that it was told, or what servers say."""
        offer = "PIPELINING" if self.is_asked_at_once else "8BITMIME"
        usual = {"ehlo": f"250-here\r\n250-SIZE\r\n250 {offer}", "data": "354 Go on"}
        told = self.told.get(word)
        return told.pop(0) if told else usual.get(word, "250 OK")

    @staticmethod
    def read(lines) -> bytes:
        """A letter up to its end."""
        content = b""
        while (line := lines.readline()) != b".\r\n":
            content += line
        return content

    def close(self) -> None:
        """Be gone."""
        self.listening.close()


@pytest.fixture
def postmaster(settings):
    """Makes a mail server, and gives it with an open connection to it."""
    settings.EMAIL_BACKEND = "petitions.posting.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 5
    opened = []

    def start(is_asked_at_once=True, **told: list[str]) -> tuple[Postmaster, BaseEmailBackend]:
        server = Postmaster(is_asked_at_once, **told)
        settings.EMAIL_PORT = server.listening.getsockname()[1]
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        mail = get_connection()
        mail.open()
        opened.append((server, thread, mail))
        return server, mail

    yield start
    for server, thread, mail in opened:
        mail.close()
        thread.join(10)
        server.close()


def mail_to(address: str = "mira@example.org", body: str = "Hello\n") -> EmailMessage:
    return EmailMessage("News", body, to=[address])


def verbs(server: Postmaster) -> list[str]:
    return [command.split()[0].lower() for command in server.commands]


def test_who_allows_it_is_asked_three_things_at_once(postmaster):
    server, mail = postmaster()
    assert mail.send_messages([mail_to(), mail_to("sam@example.org")]) == 2
    assert verbs(server) == ["ehlo"] + ["mail", "rcpt", "data"] * 2
    assert server.commands[1].startswith("mail FROM:<petitions@testserver> size=")
    assert server.commands[5] == "rcpt TO:<sam@example.org>"
    assert len(server.letters) == 2


def test_who_does_not_allow_it_is_asked_one_after_the_other(postmaster):
    server, mail = postmaster(is_asked_at_once=False)
    assert mail.send_messages([mail_to()]) == 1
    assert verbs(server) == ["ehlo", "mail", "rcpt", "data"]
    assert len(server.letters) == 1


def test_an_address_that_has_to_be_encoded_is_left_to_django(postmaster):
    server, mail = postmaster(is_asked_at_once=False)
    assert mail.send_messages([mail_to("mira@bücher.example")]) == 1
    assert server.commands[2] == "rcpt TO:<mira@xn--bcher-kva.example>"


def test_a_line_that_begins_with_a_dot_does_not_end_the_letter(postmaster):
    server, mail = postmaster()
    mail.send_messages([mail_to(body=".\n..\nThe end\n.")])
    assert server.letters[0].endswith(b"\r\n\r\n..\r\n...\r\nThe end\r\n..\r\n")


def test_a_connection_that_nobody_has_opened_is_opened_for_one_letter(inbox):
    assert mail_to().send() == 1
    assert len(inbox.to("mira@example.org")) == 1


@pytest.mark.parametrize(
    ("told", "error", "code"),
    [
        ({"mail": ["550 Not you"], "rcpt": ["503 No"], "data": ["503 No"]},
         smtplib.SMTPSenderRefused, 550),
        ({"mail": ["550 Not you"], "rcpt": ["503 No"], "words": ["554 From whom?"]},
         smtplib.SMTPSenderRefused, 550),
        ({"rcpt": ["550 Nobody"], "data": ["554 To whom?"]}, smtplib.SMTPRecipientsRefused, 550),
        ({"rcpt": ["450 Later"], "data": ["503 To whom?"]}, smtplib.SMTPRecipientsRefused, 450),
        ({"rcpt": ["550 Nobody"], "words": ["554 To whom?"]}, smtplib.SMTPRecipientsRefused, 550),
        ({"data": ["451 Not now"]}, smtplib.SMTPDataError, 451),
        ({"words": ["552 Too long"]}, smtplib.SMTPDataError, 552),
    ],
)  # fmt: skip
def test_whatever_is_refused_is_named_and_the_next_letter_leaves(postmaster, told, error, code):
    server, mail = postmaster(**told)
    with pytest.raises(error) as refused:
        mail.send_messages([mail_to()])
    assert code_of(refused.value) == code
    assert mail.send_messages([mail_to("sam@example.org")]) == 1
    assert b"sam@example.org" in server.letters[-1]


@pytest.mark.parametrize(
    ("told", "error", "code"),
    [
        ({"mail": ["421 Closing", HANGS_UP]}, smtplib.SMTPSenderRefused, 421),
        ({"rcpt": ["421 Closing"], "data": [HANGS_UP]}, smtplib.SMTPRecipientsRefused, 421),
        ({"rcpt": ["550 Nobody"], "data": [HANGS_UP]}, smtplib.SMTPRecipientsRefused, 550),
        ({"data": ["421 Closing"], "rset": [HANGS_UP]}, smtplib.SMTPDataError, 421),
        ({"words": ["421 Closing"], "rset": [HANGS_UP]}, smtplib.SMTPDataError, 421),
        ({"rcpt": [HANGS_UP]}, smtplib.SMTPServerDisconnected, None),
        ({"data": [HANGS_UP]}, smtplib.SMTPServerDisconnected, None),
    ],
)
def test_one_who_hangs_up_is_heard_to_the_end(postmaster, told, error, code):
    _, mail = postmaster(**told)
    with pytest.raises(error) as refused:
        mail.send_messages([mail_to()])
    assert code_of(refused.value) == code
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail.send_messages([mail_to("sam@example.org")])


def code_of(error: smtplib.SMTPException) -> int | None:
    """What the server has said by number, if anything."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, _words)] = error.recipients.values()
        return code
    return getattr(error, "smtp_code", None)
