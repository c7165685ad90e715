"""The house as a whole: it knows both apps and holds no rule of theirs."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in


class AdvocacyConfig(AppConfig):
    """Pages that belong to no one app, and the demo."""

    name = "advocacy"

    def ready(self) -> None:
        """Note when an editor has shown who they are."""
        from advocacy import login

        # Django tells of logins by signals and in no other way.
        user_logged_in.connect(login.note_proof)


class EditorsDeskConfig(AdminConfig):
    """Django's admin, with our names on it."""

    default_site = "advocacy.admin.EditorsDesk"
