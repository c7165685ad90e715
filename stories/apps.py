"""What happened, and to whom."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class StoriesConfig(AppConfig):
    """News, profiles, places, themes, numbers, pictures."""

    name = "stories"
    verbose_name = _("Stories and people")

    def ready(self) -> None:
        """Let the search index hear of what is withdrawn, and the pages kept of what is written."""
        from stories import generation, search, withdrawal

        connection_created.connect(generation.watch)
        withdrawal.ALSO.append(search.forget_withdrawn)
