"""Static files as they are served: under names with a hash, compressed beforehand."""

from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Collected(CompressedManifestStaticFilesStorage):
    """Compresses what pages ask for: each file once, under its hashed name.

    Under its plain name it stays as well, for the page that nginx shows while nobody answers; no
    reader asks for it compressed, and brotli's highest level takes most of the time of collecting.
    """

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The compressed files, each with the name of what it was made of."""
        hashed = {self.clean_name(name) for name in self.hashed_files.values()}
        return super().compress_files(hashed.intersection(paths))
