"""What a visitor may type, and the sentence they read where it can't be taken."""

import re
import unicodedata
from functools import lru_cache

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from petitions import addresses, guard
from petitions.models import Petition, Signature
from stories import countries
from stories.templatetags.numbers import grouped

MAX_NAME_CHARACTERS = 120
MAX_SHOWN_NAME_CHARACTERS = 40

# Names travel to strangers' inboxes and to paper, so nothing in them may be a link or markup.
_LINK_OR_MARKUP = re.compile(r"://|www\.|[<>]|\.(com|net|org|info|biz|ru|cn|io|ly|xyz|top)\b", re.I)
# Control characters, and those that turn the direction of what follows them. Not the unassigned
# ones: tomorrow's Unicode may assign them to somebody's script.
_UNPRINTABLE = {"Cc", "Co", "Cs", "Zl", "Zp"}
_TURNS_DIRECTION = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# What each choice means for whoever makes it.
_LEVELS = {
    Signature.Level.PUBLIC: (
        Signature.Level.PUBLIC.label,
        _(
            "Everybody can see it, also those you may have to fear. An editor looks at it first. "
            "Your full name stays sealed, for the hand-in."
        ),
    ),
    Signature.Level.HAND_IN: (
        Signature.Level.HAND_IN.label,
        _("No page shows it. Only the organisation can open it, to hand it in with the petition."),
    ),
    Signature.Level.COUNT: (
        Signature.Level.COUNT.label,
        _("No name is asked for or kept. You are one in the number."),
    ),
}


# Words of letters, with one blank or one mark between two of them: as most names are, and links are
# not. Nothing in it is unprintable or means markup.
_ORDINARY_NAME = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")


def _countries() -> list[tuple[str, object]]:
    # Called for each form, not once a process: the names are in the reader's language.
    return [("", _("I’d rather not say")), *countries.choices()]


class CountryField(forms.ChoiceField):
    """One of 250, or none. To be in the list is looked up, not looked for in every name of it."""

    def valid_value(self, value: str) -> bool:
        """Whether there is such a country."""
        return countries.is_known(value)


_at_most = lazy(lambda words, most: words % {"most": grouped(most)}, str)
_with_meaning = lazy(
    lambda label, meaning: format_html("<span>{} <small>{}</small></span>", label, meaning), str
)


def _updates_box() -> forms.BooleanField:
    # The same question wherever it is asked, and never ticked by us.
    return forms.BooleanField(
        label=_("Write to me when there is news about this petition"),
        required=False,
        help_text=_(
            "For that alone your address is kept in a form that the server can read, until you "
            "say stop or the petition’s records are destroyed. Leave it empty if it would be "
            "dangerous to be found on such a list."
        ),
        template_name="django/forms/checkbox.html",
    )


def _email(help_text: object = "") -> forms.CharField:
    return forms.CharField(
        label=_("Your e-mail address"),
        help_text=help_text,
        max_length=addresses.MAX_ADDRESS_CHARACTERS,
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "email",
                "dir": "ltr",
                "inputmode": "email",
                "enterkeyhint": "send",
            }
        ),
        error_messages={
            "required": _("Please give your e-mail address: we write to it."),
            "max_length": _("This address is too long to be an e-mail address."),
            "null_characters_not_allowed": _("Please take the unprintable characters out."),
        },
    )


@lru_cache
def _level(values: tuple[str, ...]) -> forms.ChoiceField:
    # One for all forms that offer the same.
    return forms.ChoiceField(
        label=_("How do you want to sign?"),
        required=False,
        initial=Signature.Level.HAND_IN,
        choices=[(value, _with_meaning(*_LEVELS[value])) for value in values],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Please choose how you want to sign.")},
    )


class _Shared(dict):
    """Fields by name, which are not copied when a form is made: only the dictionary is."""

    def __deepcopy__(self, memo: dict) -> dict[str, forms.Field]:
        return dict(self)


def _with_shared_fields(form_class: type[forms.Form]) -> type[forms.Form]:
    """Let all forms of a class have the same fields in their hands, and change nothing in them.

    Django copies each field for each form, and puts them in order. For the form that a flood sends,
    that took longer than to look at what was typed.
    """
    in_order = {name: form_class.base_fields[name] for name in form_class.field_order}
    form_class.base_fields, form_class.field_order = _Shared(in_order), None
    return form_class


class UpdatesForm(forms.Form):
    """Whether somebody who confirms wants updates."""

    wants_updates = _updates_box()


class GuardedForm(forms.Form):
    """A form with a few marks for the guard, which no person types: see `_guard.html`.

    They are no fields, since nothing in them is a mistake that somebody could mend.
    """

    @property
    def sent(self) -> guard.Sent:
        """What came along for the guard, and the address, once it was found to be one."""
        return sent(self.data, getattr(self, "cleaned_data", {}).get("email", ""))

    @property
    def shown_at(self) -> str:
        """When this form was first shown: as it says itself, if that is ours, or now."""
        sent = self.sent.shown_at
        return guard.shown_at() if guard.age_seconds(sent) is None else sent


def sent(data: QueryDict, address: str) -> guard.Sent:
    """What a form with this address says to the guard."""
    return guard.Sent(address, *[data.get(name, "") for name in guard.MARKS])


class AddressForm(GuardedForm):
    """An address that a letter can be sent to."""

    email = _email()

    def clean_email(self) -> str:
        """An address that a letter can be sent to."""
        try:
            return addresses.deliverable(self.cleaned_data["email"])
        except addresses.NotAnAddress as error:
            raise ValidationError(
                _("This does not look like an e-mail address. It needs an @ and a full domain.")
            ) from error


class CodeForm(AddressForm):
    """The code of a letter, with the address that it went to."""

    code = forms.CharField(
        label=_("The code in the letter"),
        max_length=20,
        help_text=_("Such as ABCD-EFGH."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "dir": "ltr"}
        ),
        error_messages={
            "required": _("Please type the code that is in the letter."),
            "max_length": _("This is longer than a code of ours."),
            "null_characters_not_allowed": _("Please take the unprintable characters out."),
        },
    )


class LevelFields(forms.Form):
    """How much of themselves somebody gives, and the names that it takes."""

    level = _level(tuple(Signature.Level.values))
    name = forms.CharField(
        label=_("Your name"),
        max_length=MAX_NAME_CHARACTERS,
        widget=forms.TextInput(
            attrs={"autocomplete": "name", "dir": "auto", "enterkeyhint": "next"}
        ),
        error_messages={
            "required": _("Please give your name, as you would sign a letter."),
            "max_length": _at_most(
                _("Please shorten your name to %(most)s characters."), MAX_NAME_CHARACTERS
            ),
            "null_characters_not_allowed": _("Please take the unprintable characters out."),
        },
    )
    shown_name = forms.CharField(
        label=_("First name to show"),
        max_length=MAX_SHOWN_NAME_CHARACTERS,
        help_text=_("This and your country are all that the page shows."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"}),
        error_messages={
            "required": _("Please give the first name that the page is to show."),
            "max_length": _at_most(
                _("Please shorten the name to show to %(most)s characters."),
                MAX_SHOWN_NAME_CHARACTERS,
            ),
            "null_characters_not_allowed": _("Please take the unprintable characters out."),
        },
    )

    def __init__(self, data: QueryDict | None = None, *, petition: Petition | None = None) -> None:
        super().__init__(data, label_suffix="")  # no page of ours has one
        self.petition = petition
        levels = petition.levels if petition else Signature.Level.values
        if Signature.Level.HAND_IN not in levels:
            del self.fields["level"], self.fields["name"]
        else:
            self.fields["level"] = _level(tuple(levels))
        if Signature.Level.PUBLIC not in levels:
            del self.fields["shown_name"]

    def clean(self) -> dict[str, object]:
        """Keep no name that the level has no use for, and miss none."""
        data = super().clean()
        data["level"] = data.get("level") or self._least()
        if data["level"] == Signature.Level.COUNT:
            self._keep_no("name")
        if data["level"] != Signature.Level.PUBLIC:
            self._keep_no("shown_name")
        return data

    def _keep_no(self, field: str) -> None:
        self.cleaned_data[field] = ""
        self.errors.pop(field, None)

    def _least(self) -> Signature.Level:
        # A form without the question asked for a name only where the petition takes names.
        return Signature.Level.HAND_IN if "name" in self.fields else Signature.Level.COUNT

    def clean_name(self) -> str:
        """The name as it will be sealed."""
        return _clean_name(self.cleaned_data["name"])

    def clean_shown_name(self) -> str:
        """The name as an editor will look at it."""
        return _clean_name(self.cleaned_data["shown_name"])


class LevelForm(LevelFields):
    """On the private page: to sign otherwise than before."""

    def __init__(self, data: QueryDict | None = None, *, petition: Petition, level: str) -> None:
        super().__init__(data, petition=petition)
        if level != Signature.Level.COUNT:
            self.fields.pop("name", None)  # what is sealed already stays as it is
        if "level" in self.fields:
            self.initial["level"] = level


@_with_shared_fields
class SignForm(LevelFields, AddressForm):
    """How to sign, name, address and, if they wish, country: nothing that could be left out."""

    email = _email(
        _(
            "We send you a letter with a link. Your signature counts once you open it and press "
            "the button."
        )
    )
    country = CountryField(
        label=_("Your country"),
        required=False,
        choices=_countries,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"invalid_choice": _("Please choose a country from the list, or none.")},
    )
    wants_updates = _updates_box()
    # That the form has said once why it advises against giving a name.
    is_advised = forms.BooleanField(required=False, widget=forms.HiddenInput)

    field_order = [
        "level", "name", "shown_name", "email", "country", "wants_updates", "is_advised"
    ]  # fmt: skip

    def _clean_fields(self) -> None:
        # As Django's, without an object for each field that only a page would need.
        for name, field in self.fields.items():
            try:
                typed = field.widget.value_from_datadict(self.data, self.files, name)
                self.cleaned_data[name] = field.clean(typed)
                if clean := getattr(self, f"clean_{name}", None):
                    self.cleaned_data[name] = clean()
            except ValidationError as error:
                self.add_error(name, error)

    def clean(self) -> dict[str, object]:
        """Advise those at risk, once."""
        data = super().clean()
        at_risk = self.petition and data.get("country") in self.petition.countries_at_risk
        if data["level"] != Signature.Level.COUNT and at_risk and not data.get("is_advised"):
            self._advise()
        return data

    def _advise(self) -> None:
        # The form comes back with the safer choice made; whoever chooses otherwise is obeyed.
        self.data = self.data.copy()
        self.data["level"], self.data["is_advised"] = Signature.Level.COUNT, "1"
        self.add_error(
            "level",
            _(
                "In this country people have been punished for less than a signature. We have "
                "chosen “count me only” for you. Press “Sign” again, or choose otherwise."
            ),
        )


def at_sight(data: QueryDict, petition: Petition) -> dict[str, object] | None:
    """What `SignForm` makes of a form as nearly everybody sends it; None for all others, good or
    bad, which it has to look at itself.

    Django's form takes several times as long to find nothing. A test holds them against each other.
    """
    level, country = data.get("level") or Signature.Level.HAND_IN, data.get("country", "")
    wish, email = data.get("wants_updates"), addresses.at_sight(data.get("email", ""))
    if (
        level not in _TAKEN_AT_SIGHT
        or not petition.takes_names
        or not email
        or (country and not countries.is_known(country))
        or wish not in (None, "on")
        or data.get("is_advised")
    ):
        return None
    name = ""
    if level != Signature.Level.COUNT:
        name = data.get("name", "")
        if not _is_ordinary_name(name) or country in petition.countries_at_risk:
            return None
    return {
        "level": level, "name": name, "shown_name": "", "email": email, "country": country,
        "wants_updates": wish is not None, "is_advised": False,
    }  # fmt: skip


_TAKEN_AT_SIGHT = frozenset({Signature.Level.HAND_IN.value, Signature.Level.COUNT.value})


def _is_ordinary_name(name: str) -> bool:
    return (
        len(name) <= MAX_NAME_CHARACTERS
        and _ORDINARY_NAME.fullmatch(name) is not None
        and unicodedata.is_normalized("NFC", name)
    )


def _clean_name(typed: str) -> str:
    """The name with single spaces: any script, one word or many. Raises ValidationError."""
    name = unicodedata.normalize("NFC", typed)
    if any(unicodedata.category(c) in _UNPRINTABLE or c in _TURNS_DIRECTION for c in name):
        raise ValidationError(_("Please take the unprintable characters out."))
    if _LINK_OR_MARKUP.search(name):
        raise ValidationError(_("Please give a name only, without links or brackets."))
    if name and not any(unicodedata.category(c)[0] in "LNS" for c in name):
        raise ValidationError(_("Please give your name, as you would sign a letter."))
    return " ".join(name.split())
