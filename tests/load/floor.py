"""What the least that Django could do costs here: the floor that the site is measured against.

The same server, the same middleware, the same database. A page is a constant; signing and
confirming are one INSERT of a row of the same size, by raw SQL on a kept connection. A second floor
for signing looks at name and address first, with a form of Django's, as any site would.
"""

import hashlib
import os

from django import forms
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.cache import cache_control

from advocacy.urls import urlpatterns as of_site

TABLE = """
    CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        hash bytea NOT NULL UNIQUE, box bytea NOT NULL)
"""
_INSERT = "INSERT INTO floor (hash, box) VALUES (%s, %s) ON CONFLICT DO NOTHING"
BOX = bytes(250)
# As many bytes as the page that is measured sends, made by the same program.
PAGE = b"x" * int(os.environ.get("FLOOR_BYTES", "15000"))


class SeeOther(HttpResponseRedirect):
    """303, as the site's own forms answer."""

    status_code = 303


@cache_control(private=True)  # or it would be compressed for each request
def page(request: HttpRequest) -> HttpResponse:
    """A constant."""
    return HttpResponse(PAGE)


def sign(request: HttpRequest) -> HttpResponse:
    """One row for a form."""
    _store(request.POST["email"])
    return SeeOther("/floor/")


class Form(forms.Form):
    """Who signs."""

    name = forms.CharField(max_length=120)
    email = forms.EmailField()


def sign_checked(request: HttpRequest) -> HttpResponse:
    """One row for a form that is in order."""
    form = Form(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    _store(form.cleaned_data["email"])
    return SeeOther("/floor/")


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """One row for an address."""
    _store(token)
    return SeeOther("/floor/")


def _store(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [hashlib.sha256(text.encode()).digest()[:16], BOX])


urlpatterns = [
    path("floor/", page),
    path("floor/sign/", sign),
    path("floor/sign/checked/", sign_checked),
    path("floor/<str:token>/confirm/", confirm),
    *of_site,
]
