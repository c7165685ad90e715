"""Where uploaded files are kept: outside what is served, readable by the site alone."""

from django.core.files.storage import FileSystemStorage, Storage, storages


class PrivateStorage(FileSystemStorage):
    """Files without an address. Only code that opens them by name can read them."""

    def url(self, name: str | None) -> str:
        """Refuse: who asks for an address is about to publish an original."""
        raise ValueError("An original has no address.")


def private() -> Storage:
    """The store of originals; asked for anew each time, so that a test may have its own."""
    return storages["originals"]
