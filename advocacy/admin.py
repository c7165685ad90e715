"""The editors' desk: Django's admin under the site's own name."""

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class EditorsDesk(admin.AdminSite):
    """The one place where editors work."""

    site_header = settings.SITE_NAME
    site_title = settings.SITE_NAME
    index_title = _("Editors’ desk")
    site_url = "/"
