"""The house as a whole: it knows both apps and holds no rule of theirs."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created


class AdvocacyConfig(AppConfig):
    """Pages that belong to no one app, and the demo."""

    name = "advocacy"

    def ready(self) -> None:
        """Look at what is written to the database, so that no page is older than it."""
        from advocacy import generation

        connection_created.connect(generation.watch)


class EditorsDeskConfig(AdminConfig):
    """Django's admin, with our names on it."""

    default_site = "advocacy.admin.EditorsDesk"
