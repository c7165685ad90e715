"""What is wrong, and what to do?"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from advocacy.doctor import (
    configuration,
    database,
    dns_records,
    keys,
    mail,
    shared_cache,
    switches,
    website,
    worker,
)
from advocacy.doctor.finding import FAULT, OK, WARN, Finding, examine

Area = tuple[str, Callable[[], Iterable[Finding]]]


class Command(BaseCommand):
    """Thin: the areas one after the other, a line for each finding."""

    help = "Look at settings, database, keys, cache, mail, DNS, worker and clock; say what to do."
    # A site that is ill must be able to say so; the checks are among what it looks at.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is not to be asked, and how to say it."""
        parser.add_argument("--no-network", action="store_true", help="Ask nothing outside.")
        parser.add_argument("--json", action="store_true", help="For machines.")
        parser.add_argument("--dkim-selector", default="", help="Under which name DKIM's key is.")
        parser.add_argument("--send-to", default="", help="Send one test mail to this address.")

    def handle(
        self, *, no_network: bool, json: bool, dkim_selector: str, send_to: str, **options: object
    ) -> None:
        """Look at everything; status 1 if there is a fault."""
        if no_network and send_to:
            raise CommandError("--send-to needs the network: leave out --no-network.")
        database.make_no_file(connection)
        found = []
        for area, finding in _findings(_areas(not no_network, dkim_selector, send_to)):
            found.append((area, finding))
            if not json:
                self._say(finding)
        counts = Counter(finding.level for _area, finding in found)
        if json:
            self.stdout.write(_as_json(found, counts))
        else:
            self.stdout.write(f"{counts[FAULT]} faults, {counts[WARN]} warnings, {counts[OK]} ok.")
        if counts[FAULT]:
            raise SystemExit(1)

    def _say(self, finding: Finding) -> None:
        self.stdout.write(f"{finding.level:<6} {finding.what}")
        if finding.to_do:
            self.stdout.write(f"       {finding.to_do}")
        self.stdout.flush()


def _areas(is_network_asked: bool, dkim_selector: str, send_to: str) -> list[Area]:
    areas = [
        ("configuration", configuration.look),
        ("database", database.look),
        ("keys", keys.look),
        ("cache", shared_cache.look),
        ("worker", worker.look),
        ("switches", switches.look),
        ("mail", lambda: mail.look(is_network_asked)),
    ]
    if send_to:
        areas.append(("test mail", lambda: [mail.send_to(send_to)]))
    if is_network_asked:
        areas.append(("DNS", lambda: dns_records.look(dkim_selector)))
        areas.append(("website", website.look))
    return areas


def _findings(areas: list[Area]) -> Iterator[tuple[str, Finding]]:
    for area, look in areas:
        for finding in examine(area, look):
            yield area, finding


def _as_json(found: list[tuple[str, Finding]], counts: Counter) -> str:
    findings = [
        {"area": area, "level": f.level.lower(), "what": f.what, "to_do": f.to_do}
        for area, f in found
    ]
    answer = {"faults": counts[FAULT], "warnings": counts[WARN], "findings": findings}
    return json.dumps(answer, ensure_ascii=False, indent=2)
