"""What editors change at the desk stands in the staff log, too, by the names of the fields."""

import json

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from petitions import stafflog


class LoggedAdmin:
    """To be mixed in: each addition, change and deletion is a line of the staff log.

    In the transaction of the change itself, so there is neither without the other.
    """

    def log_addition(self, request: HttpRequest, row: Model, message: object):
        """Write that something was added."""
        self._record(request, "added", row)
        return super().log_addition(request, row, message)

    def log_change(self, request: HttpRequest, row: Model, message: object):
        """Write which fields were changed, and not what they say."""
        self._record(request, "changed", row, fields=_fields(message))
        return super().log_change(request, row, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet):
        """Write what is about to be deleted."""
        for row in queryset:
            self._record(request, "deleted", row)
        return super().log_deletions(request, queryset)

    def logged_name(self, row: Model) -> str:
        """What the log calls a row: its number, since a title may have to be forgotten."""
        return f"{row._meta.model_name} {row.pk}"

    def _record(self, request: HttpRequest, act: str, row: Model, **facts: object) -> None:
        who = request.user.get_username()
        words = f"{row._meta.verbose_name} {act}"
        stafflog.record(who, words, self.logged_name(row), **facts)


def _fields(message: object) -> list[str]:
    """The names of changed fields, out of what Django's history says."""
    parts = json.loads(message) if isinstance(message, str) and message[:1] == "[" else message
    names = set()
    for part in parts if isinstance(parts, list) else []:
        for details in part.values():
            of_what = f"{details['name']}: " if "name" in details else ""
            names |= {f"{of_what}{name}" for name in details.get("fields", ["all"])}
    return sorted(names)
