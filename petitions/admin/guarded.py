"""The list of names that must never be published, with each change of it in the staff log."""

from django.contrib import admin

from petitions.admin.logged import LoggedAdmin
from stories.guarded_names import GuardedNameAdmin
from stories.models import GuardedName

admin.site.unregister(GuardedName)


@admin.register(GuardedName)
class LoggedGuardedNameAdmin(LoggedAdmin, GuardedNameAdmin):
    """Who takes a name off the list makes it sayable: that must not be done unseen."""
