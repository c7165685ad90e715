"""Where uploaded files are kept: outside what is served, readable by the site alone, locked.

On the disk stands only what `locking` has locked, from the first byte on: an upload is held in
memory until then. So a copied disk or backup gives nobody a place, a face or a camera.
"""

import os
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile

from stories import locking

_UNFINISHED = ".unfinished-"


class PrivateStorage(FileSystemStorage):
    """Files without an address. Only code that opens them by name can read them, with the key."""

    def url(self, name: str | None) -> str:
        """Refuse: who asks for an address is about to publish an original."""
        raise ValueError("An original has no address.")

    def size(self, name: str) -> int:
        """The bytes of the file as it was uploaded."""
        return super().size(name) - (locking.FILE_OVERHEAD_BYTES if self.is_locked(name) else 0)

    def is_locked(self, name: str) -> bool:
        """Whether a file is locked; those from before there were locks are not."""
        with Path(self.path(name)).open("rb") as file:
            return file.read(len(locking.MARK)) == locking.MARK

    def plain_names(self) -> list[str]:
        """The files that are not locked yet."""
        if not self.exists(""):
            return []
        names = [name for name in self.listdir("")[1] if not name.startswith(_UNFINISHED)]
        return [name for name in names if not self.is_locked(name)]

    def lock_again(self, name: str) -> bool:
        """Put a locked file in the place of a plain one; killed midway, one of the two is there.

        For one caller at a time.
        """
        path = Path(self.path(name))
        with path.open("r+b") as plain:
            content = plain.read()
            if content.startswith(locking.MARK):
                return False
            locked = locking.lock_file(content)
            unfinished = path.with_name(_UNFINISHED + path.name)
            with unfinished.open("wb") as file:
                unfinished.chmod(self.file_permissions_mode)
                _write_through(file, locked)
            unfinished.replace(path)
            # The old file has no name any more, but its blocks would stay on the disk as they are.
            plain.seek(0)
            _write_through(plain, bytes(len(content)))
        return True

    def _save(self, name: str, content: File) -> str:
        content.seek(0)
        return super()._save(name, ContentFile(locking.lock_file(content.read())))

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("An original is read, or saved anew.")
        with super()._open(name) as file:
            content = file.read()
        is_locked = content.startswith(locking.MARK)
        return ContentFile(locking.unlock_file(content) if is_locked else content, name=name)


def _write_through(file: object, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def private() -> Storage:
    """The store of originals; asked for anew each time, so that a test may have its own."""
    return storages["originals"]


class UploadInMemory(MemoryFileUploadHandler):
    """Holds what an editor uploads in memory, where Django would write a plain file to the disk.

    Of a file that is too large it keeps one byte more than may be, so that its form can say so.
    Files that come with other forms are dropped unread: those have no field for any.
    """

    def handle_raw_input(self, *args: object, **kwargs: object) -> None:
        """Take files of editors, however large the request."""
        self.room_bytes = settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1  # for all files together
        self.activated = self.request.path.startswith(settings.ADMIN_PATH)

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Begin with nothing; or drop the file."""
        if not self.activated:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a part, as far as there is room."""
        self.room_bytes -= self.file.write(raw_data[: self.room_bytes])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """What was kept."""
        return super().file_complete(self.file.tell())
