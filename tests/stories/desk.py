"""An editor's hands: open a form of the admin, fill it in, send it."""

import re
from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client


def save(desk: Client, address: str, /, **answers: object) -> None:
    """Fill in a form and see that it was taken. Fields of inlines are named `demands-0-text`."""
    response = fill(desk, address, **answers)
    assert response.status_code == 302, complaints(response)


def fill(desk: Client, address: str, /, **answers: object) -> HttpResponse:
    """Send the form at an address with everything that a browser would send."""
    form = Form()
    form.feed(desk.get(address).content.decode())
    unknown = [name for name in answers if re.sub(r"-\d+-", "-__prefix__-", name) not in form.names]
    assert not unknown, f"{address} has no {unknown}"
    return desk.post(address, form.values | _new_rows(form, answers) | answers)


def complaints(response: HttpResponse) -> list[str]:
    """What the form says it could not take."""
    context = response.context
    errors = [str(e) for es in context["adminform"].form.errors.values() for e in es]
    for formset in context["inline_admin_formsets"]:
        errors += [str(e) for form in formset.formset.errors for es in form.values() for e in es]
        errors += [str(error) for error in formset.formset.non_form_errors()]
    return errors


def _new_rows(form: "Form", answers: dict[str, object]) -> dict[str, object]:
    """Rows that the admin's script would add: their defaults, and how many there are then."""
    added: dict[str, object] = {}
    for inline, number in {m.groups() for n in answers if (m := re.match(r"(\w+)-(\d+)-", n))}:
        for name, value in form.defaults.items():
            name = name.replace("__prefix__", number)
            if name.startswith(f"{inline}-") and name not in form.values:
                added[name] = value
        added[f"{inline}-TOTAL_FORMS"] = int(number) + 1
    return added


class Form(HTMLParser):
    """The names and values in the admin's form."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, object] = {}
        self.defaults: dict[str, object] = {}  # of rows that are not there yet
        self.names: set[str] = set()
        self.is_inside = False
        self.open_name = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what can be filled in."""
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.is_inside = (given.get("id") or "").endswith("_form")
        elif self.is_inside and tag == "option":
            if "selected" in given:
                self._keep(self.open_name, given.get("value") or "")
        elif self.is_inside and tag in ("input", "select", "textarea") and name:
            self.names.add(re.sub(r"-\d+-", "-__prefix__-", name))
            self.open_name, self.text = name, ""
            if tag == "input":
                self._keep_input(name, given)

    def handle_data(self, data: str) -> None:
        """What stands in a large field."""
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        """Keep a large field; leave the form."""
        if tag == "form":
            self.is_inside = False
        elif self.is_inside and tag == "textarea":
            self._keep(self.open_name, self.text.removeprefix("\n"))

    def _keep_input(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type")
        if kind in ("submit", "file", "button"):
            return
        if kind == "checkbox" and "checked" not in given:
            return
        self._keep(name, given.get("value") or ("on" if kind == "checkbox" else ""))

    def _keep(self, name: str, value: str) -> None:
        (self.defaults if "__prefix__" in name else self.values)[name] = value
