"""A mail server with moods, over real SMTP, that remembers every letter.

Not aiosmtpd, which the tests use: a crowd's letters would take more of the machine than all else.
"""

import asyncio
import queue
import re
import socket
import threading
from collections import defaultdict
from email import message_from_bytes, policy

from tests.load import sink

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
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._deaf: socket.socket | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.be("well")

    def be(self, mood: str) -> None:
        """Change the mood."""
        self.mood = mood
        if mood in ("silent", "gone"):
            self.close()
        if mood == "silent":
            # Takes the connection and never says a word.
            self._deaf = socket.create_server(("127.0.0.1", self.port), backlog=64)
        elif mood != "gone" and not self._server:
            self.close()
            self._server = self._wait_for(
                self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port)
            )

    def close(self) -> None:
        """Be gone, and hang up."""
        if self._server:
            self._wait_for(self._hang_up())
        if self._deaf:
            self._deaf.close()
        self._server = self._deaf = None

    async def _hang_up(self) -> None:
        self._server.close()
        for connection in self.connections:
            connection.transport.abort()

    def _wait_for(self, act):
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(10)

    def take(self, person: str, words: bytes) -> bytes:
        """Remember a letter, as the mood is."""
        if self.mood == "busy":
            return b"451 Try again later\r\n"
        if self.mood == "refusing":
            return b"550 Not from you\r\n"
        message_id, link = _read(words)
        is_new = message_id not in self.letters[person]
        self.letters[person].append(message_id)
        if is_new and link:
            self.links.put((person, link))
        return b"250 OK\r\n"


class _Connection(sink.Connection):
    def __init__(self, mails: MailServer) -> None:
        self.mails = mails

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.mails.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.mails.connections.discard(self)

    def take(self, words: bytes) -> bytes:
        if self.mails.mood != "slow":
            return self.mails.take(self.recipient, words)
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._take_late, self.recipient, words)
        return b""

    def _take_late(self, recipient: str, words: bytes) -> None:
        # Whoever has hung up meanwhile may have been answered by nobody, but has sent a letter.
        answer = self.mails.take(recipient, words)
        if not self.transport.is_closing():
            self.transport.write(answer)


def _read(words: bytes) -> tuple[str, str]:
    """A letter's Message-ID and the link in it, if it has one."""
    if not _ENCODED.search(words):  # to take a mail apart is more work than all the rest
        message_id, text = _MESSAGE_ID.search(words)[1].decode(), words.decode()
    else:
        message = message_from_bytes(words, policy=policy.default)
        message_id, text = message["Message-ID"], message.get_body(("plain",)).get_content()
    found = LINK.search(text)
    return message_id, found[1] if found else ""
