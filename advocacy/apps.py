"""The house as a whole: it knows both apps and holds no rule of theirs."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AdvocacyConfig(AppConfig):
    """Pages that belong to no one app, and the demo."""

    name = "advocacy"


class EditorsDeskConfig(AdminConfig):
    """Django's admin, with our names on it."""

    default_site = "advocacy.admin.EditorsDesk"
