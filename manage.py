#!/usr/bin/env python3
"""Django's command line for this project."""

import logging
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Do what was typed. A fault is logged like any other: its words could quote a signer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocacy.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured:
        raise  # says what is missing; no visitor is in it
    except Exception as error:
        if not settings.configured or settings.DEBUG:
            raise
        logging.getLogger("manage").critical("command failed", exc_info=error)
        sys.exit(1)


if __name__ == "__main__":
    main()
