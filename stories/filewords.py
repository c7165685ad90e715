"""What is written into a picture's file: IPTC, EXIF, XMP and comments; kept private, searched.

Fields by the IPTC Photo Metadata Standard 2023.1 and Exif 2.32.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from PIL import ExifTags, Image, IptcImagePlugin

# (record, dataset) of the IPTC block.
CAPTION, CREDIT, CREATOR = (2, 120), (2, 110), (2, 80)
REFERENCE, INSTRUCTIONS = (2, 103), (2, 40)
# What press agencies write before the words that are meant for editors.
MARKER = re.compile(r"\*{3}\s*local caption\s*\*{3}", re.I)
MAX_CHARACTERS = 5000  # of a field; more is no caption
# In what a text may be written whose file does not say so: Hebrew, Arabic, Cyrillic, Latin.
LEGACY = ("cp1255", "cp1256", "cp1251", "cp1252")
_PROFILE = "Raw profile type "  # then its name; two lines and hexadecimal digits follow
_Tag = ExifTags.Base
_EXIF_TEXTS = (_Tag.ImageDescription, _Tag.Artist, _Tag.Copyright)
_EXIF_UTF16 = (_Tag.XPTitle, _Tag.XPComment, _Tag.XPAuthor, _Tag.XPKeywords, _Tag.XPSubject)


@dataclass(frozen=True)
class FileWords:
    """The fields that editors read, and everything, to be searched for warnings."""

    caption: str = ""
    credit: str = ""
    creator: str = ""
    reference: str = ""
    instructions: str = ""
    everything: str = ""


def read(picture: Image.Image) -> FileWords:
    """Read an opened picture. Damaged words are as good as none; the pixels decide the rest."""
    iptc, xmp, exif = _iptc(picture), _xmp(picture), _exif(picture)
    caption = _first(iptc.get(CAPTION), xmp.get("description"), exif.get(_Tag.ImageDescription))
    caption, restriction = split(caption)
    instructions = _first(iptc.get(INSTRUCTIONS), xmp.get("Instructions"))
    texts = [text for found in (iptc, xmp, exif) for text in found.values()]
    return FileWords(
        caption=caption,
        credit=_first(iptc.get(CREDIT), xmp.get("Credit"), exif.get(_Tag.Copyright)),
        creator=_first(iptc.get(CREATOR), xmp.get("creator"), exif.get(_Tag.Artist)),
        reference=_first(iptc.get(REFERENCE), xmp.get("TransmissionReference")),
        instructions="\n".join(filter(None, (instructions, restriction))),
        everything="\n".join([*texts, *_comments(picture), *_in_other_codes(picture)]),
    )


def split(caption: str) -> tuple[str, str]:
    """The caption, and the restriction behind the wire's marker."""
    before, *after = MARKER.split(caption)
    return before.strip(), "\n".join(part.strip() for part in after)


def _first(*texts: str | None) -> str:
    return next((text.strip()[:MAX_CHARACTERS] for text in texts if text and text.strip()), "")


def _iptc(picture: Image.Image) -> dict[object, str]:
    return {key: "; ".join(map(_decoded, values)) for key, values in _iptc_bytes(picture).items()}


def _iptc_bytes(picture: Image.Image) -> dict[object, list[bytes]]:
    with suppress(Exception):  # a damaged block makes the reader fail in many ways
        found = IptcImagePlugin.getiptcinfo(picture) or {}
        return {key: v if isinstance(v, list) else [v] for key, v in found.items() if key[0] == 2}
    return {}


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _in_other_codes(picture: Image.Image) -> Iterator[str]:
    """Texts that are not UTF-8, in each code they may be in: a warning must be found in one."""
    for values in _iptc_bytes(picture).values():
        for raw in values:
            if "\ufffd" in raw.decode("utf-8", "replace"):
                yield from (raw.decode(code, "replace") for code in LEGACY)


def _xmp(picture: Image.Image) -> dict[object, str]:
    """All words of the XMP packet by the name of the element or attribute that holds them."""
    found: dict[object, list[str]] = {}
    try:
        for name, text in _leaves("", picture.getxmp()):
            found.setdefault(name, []).append(text)
    except Exception:  # not XML, or XML that is an attack: still searched, as plain text
        raw = picture.info.get("xmp", b"")
        return {"": _decoded(raw) if isinstance(raw, bytes) else str(raw)}
    return {name: "; ".join(texts) for name, texts in found.items()}


def _leaves(name: str, part: object) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for key, inner in part.items():
            # Lists of languages and of names stand in rdf:Alt/Seq/Bag > rdf:li > text.
            is_wrapping = key in ("Alt", "Seq", "Bag", "li", "text")
            if key != "lang":
                yield from _leaves(name if is_wrapping else key, inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _leaves(name, inner)
    elif part:
        yield name, str(part)


def _exif(picture: Image.Image) -> dict[object, str]:
    found: dict[object, str] = {}
    with suppress(Exception):
        exif = picture.getexif()
        for tag in _EXIF_TEXTS:
            # Pillow reads these as Latin-1; what wrote them used UTF-8 more often.
            found[tag] = _decoded(str(exif.get(tag, "")).encode("latin-1", "ignore"))
        for tag in _EXIF_UTF16:
            found[tag] = bytes(exif.get(tag, b"")).decode("utf-16-le", "replace").rstrip("\0")
        comment = exif.get_ifd(ExifTags.IFD.Exif).get(_Tag.UserComment, b"")
        found[_Tag.UserComment] = _decoded(bytes(comment)[8:]) if comment else ""
    return found


def _comments(picture: Image.Image) -> Iterator[str]:
    """A JPEG's comment, and a PNG's texts."""
    for key, value in picture.info.items():
        if key == "comment" and isinstance(value, bytes):
            yield _decoded(value)
        elif isinstance(value, str):
            yield value
            with suppress(ValueError):
                yield _decoded(_profile(value) if key.startswith(_PROFILE) else b"")


def _profile(text: str) -> bytes:
    """The bytes of a block, IPTC above all, as ImageMagick and exiftool put it into a PNG."""
    _name, _length, digits = text.strip().split("\n", 2)
    return bytes.fromhex(digits)
