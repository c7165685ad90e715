"""Pages that only the demo has."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from advocacy.demo import mailbox


@require_safe
@cache_control(private=True, no_store=True)
def mailbox_page(request: HttpRequest) -> HttpResponse:
    """Every letter that the demo has sent, so that its journey can be finished in the browser."""
    return render(request, "demo/mailbox.html", {"mails": mailbox.latest()})
