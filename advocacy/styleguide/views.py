"""Pages for whoever works on the look of the site. A site with real readers has none of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from advocacy import views
from advocacy.styleguide import samples

FAULTS = {
    400: views.bad_request,
    403: views.forbidden,
    500: views.server_error,
    503: views.unavailable,
}


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state, from the templates that the pages use."""
    return render(request, "styleguide/components.html", samples.all_of_them())


@require_safe
def fault(request: HttpRequest, status: int) -> HttpResponse:
    """The page for a fault, without the fault."""
    if status not in FAULTS:
        raise Http404
    return FAULTS[status](request)
