"""The words of the interface in every language: collects them from the code, and compiles them.

Usage: python scripts/messages.py           collect what is new (needs gettext), then compile
       python scripts/messages.py compile   compile only

The compiled files are committed with their sources, so that a site runs without any of this.
"""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
# As Django names the folders of a language; English is what stands in the code.
LOCALES = ("ar", "es", "fa", "fr", "he", "ru", "zh_Hans")
WITHOUT_WORDS = (".venv", "tests", "var", "scripts")
# Changes with every run and says nothing.
_DATES = re.compile(r'^"(?:POT-Creation-Date|PO-Revision-Date): .*\n', re.M)


def main() -> None:
    """Bring all catalogues up to date, and say how many messages wait for a translator."""
    if sys.argv[1:] != ["compile"]:
        if shutil.which("xgettext") is None:
            sys.exit("xgettext is missing. On Debian: apt-get install gettext")
        collect(ROOT)
    for locale in LOCALES:
        path = source(locale)
        path.with_suffix(".mo").write_bytes(compiled(path))
        waiting = sum(not is_done(message) for message in read(path) if message.id)
        print(f"{locale}: {len(read(path))} messages, {waiting} to be translated")


def collect(root: Path) -> None:
    """Write what stands in code and templates under `root` into its catalogues."""
    command = [sys.executable, ROOT / "manage.py", "makemessages", "--add-location=file"]
    command += [f"--locale={locale}" for locale in LOCALES]
    command += ["--no-obsolete", "--no-wrap", "--verbosity=0"]
    command += [f"--ignore={folder}" for folder in WITHOUT_WORDS]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    subprocess.run([str(part) for part in command], cwd=root, env=environment, check=True)
    for locale in LOCALES:
        path = source(locale, root)
        path.write_text(_DATES.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")


def source(locale: str, root: Path = ROOT) -> Path:
    """Where a language's messages are."""
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    """A catalogue."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def compiled(path: Path) -> bytes:
    """A catalogue as programs read it; messages that are not done are left out."""
    catalog, file = read(path), io.BytesIO()
    for message in list(catalog):
        if message.id and not is_done(message):
            catalog.delete(message.id, message.context)
    write_mo(file, catalog)
    return file.getvalue()


def is_done(message: object) -> bool:
    """Whether a message is translated, in each of its plural forms, and nobody doubts it."""
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings) and not message.fuzzy


if __name__ == "__main__":
    main()
