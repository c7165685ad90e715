"""A mail server with moods, over real SMTP, that remembers every letter."""

import asyncio
import queue
import re
import socket
import threading
from collections import defaultdict
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

LINK = re.compile(r"https?://[^/\s]+(/signatures/[^/\s]+/)")
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.I | re.M)
_ENCODED = re.compile(rb"^Content-Transfer-Encoding: (quoted-printable|base64)", re.I | re.M)
SLOW_SECONDS = 1


class MailServer:
    """Takes letters, or does not: well, slow, busy (451), refusing (550), silent or gone."""

    def __init__(self, port: int) -> None:
        self.port, self.mood = port, "well"
        self.letters: dict[str, list[str]] = defaultdict(list)  # by recipient: Message-IDs
        self.links: queue.Queue[tuple[str, str]] = queue.Queue()  # recipient and link
        self._controller: Controller | None = None
        self._deaf: socket.socket | None = None
        self._lock = threading.Lock()
        self.be("well")

    def be(self, mood: str) -> None:
        """Change the mood."""
        self.mood = mood
        if mood in ("silent", "gone"):
            self._close()
        if mood == "silent":
            # Takes the connection and never says a word.
            self._deaf = socket.create_server(("127.0.0.1", self.port), backlog=64)
        elif mood != "gone" and not self._controller:
            self._close()
            self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
            self._controller.start()

    def _close(self) -> None:
        if self._controller:
            self._controller.stop()
        if self._deaf:
            self._deaf.close()
        self._controller = self._deaf = None

    def close(self) -> None:
        """Be gone for good."""
        self._close()

    async def handle_DATA(self, server, session, envelope):
        """Take a letter, as the mood is."""
        if self.mood == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if self.mood == "busy":
            return "451 Try again later"
        if self.mood == "refusing":
            return "550 Not from you"
        person, (message_id, link) = envelope.rcpt_tos[0], _read(envelope.content)
        with self._lock:
            is_new = message_id not in self.letters[person]
            self.letters[person].append(message_id)
        if is_new and link:
            self.links.put((person, link))
        return "250 OK"


def _read(content: bytes) -> tuple[str, str]:
    """A letter's Message-ID and the link in it, if it has one."""
    if not _ENCODED.search(content):  # to take a mail apart is more work than all the rest
        message_id, text = _MESSAGE_ID.search(content)[1].decode(), content.decode()
    else:
        message = message_from_bytes(content, policy=policy.default)
        message_id, text = message["Message-ID"], message.get_body(("plain",)).get_content()
    found = LINK.search(text)
    return message_id, found[1] if found else ""
