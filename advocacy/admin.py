"""The editors' desk: Django's admin under the site's own name, and who may come in."""

from collections.abc import Callable
from functools import update_wrapper
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

# Who may do what, who is who, and what can't be taken back: asked for once more, so that a desk
# that somebody left open, or a stolen session, is not enough.
GRAVE = {
    *("account", "password_change"),
    *("auth_user_changelist", "auth_user_add", "auth_user_change", "auth_user_delete"),
    *("auth_user_password_change", "auth_group_changelist", "auth_group_add"),
    *("auth_group_change", "auth_group_delete", "petitions_update_send"),
}


class EditorsDesk(admin.AdminSite):
    """The one place where editors work."""

    site_header = settings.SITE_NAME
    site_title = settings.SITE_NAME
    index_title = _("Editors’ desk")
    site_url = "/"

    def get_urls(self) -> list[URLPattern]:
        """Also the second step, the question whether it is still you, and everybody's own page."""
        from advocacy import account, login

        second_step = csrf_protect(never_cache(lambda request: login.second_step(request, self)))
        return [
            path("second-step/", second_step, name="second_step"),
            path("again/", self._own(login.ask_again), name="again"),
            path("account/", self._own(account.account), name="account"),
            *super().get_urls(),
        ]

    def _own(self, view: Callable) -> Callable:
        return self.admin_view(lambda request: view(request, self))

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """As Django's; before what is grave, whoever came in long ago is asked once more."""
        inner = super().admin_view(view, cacheable)

        def _asking(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            from advocacy import login

            is_grave = request.resolver_match and request.resolver_match.url_name in GRAVE
            if is_grave and self.has_permission(request) and login.is_proof_old(request):
                back = urlencode({"next": request.get_full_path()})
                return HttpResponseRedirect(f"{reverse('admin:again')}?{back}")
            return inner(request, *args, **named)

        return update_wrapper(_asking, inner)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """As Django's; whoever sits at an open desk may not guess the old password without end."""
        from advocacy import login

        if request.method != "POST":
            return super().password_change(request, extra_context)
        attempt = login.Attempt(login.PASSWORDS, request, request.user.get_username())
        if attempt.wait_minutes:
            messages.error(request, login.wait_sentence(attempt))
            return HttpResponseRedirect(request.path)
        response = super().password_change(request, extra_context)
        if response.status_code == 302:
            attempt.forgive()
        return response

    @method_decorator([sensitive_post_parameters(), never_cache])
    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """As Django's, in two steps and with limits."""
        from advocacy.login import FirstStep, PasswordForm

        index = reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = index
        request.current_app = self.name
        view = FirstStep.as_view(
            extra_context=context | (extra_context or {}),
            authentication_form=PasswordForm,
            template_name="admin/login.html",
        )
        return view(request)
