"""What a visitor may type, and the sentence they read where it can't be taken."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from petitions import addresses, guard
from petitions.models import Petition, Signature
from stories import countries

MAX_NAME_CHARACTERS = 120

# Names travel to strangers' inboxes and to paper, so nothing in them may be a link or markup.
_LINK_OR_MARKUP = re.compile(r"://|www\.|[<>]|\.(com|net|org|info|biz|ru|cn|io|ly|xyz|top)\b", re.I)
# Control characters, and those that turn the direction of what follows them. Not the unassigned
# ones: tomorrow's Unicode may assign them to somebody's script.
_UNPRINTABLE = {"Cc", "Co", "Cs", "Zl", "Zp"}
_TURNS_DIRECTION = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _countries() -> list[tuple[str, object]]:
    # Called for each form, not once a process: the names are in the reader's language.
    return [("", _("I’d rather not say")), *countries.choices()]


class GuardedForm(forms.Form):
    """A form with a few marks for the guard, which no person types: see `_guard.html`.

    They are no fields, since nothing in them is a mistake that somebody could mend.
    """

    @property
    def sent(self) -> guard.Sent:
        """What came along for the guard, and the address, once it was found to be one."""
        marks = {name: self.data.get(name, "") for name in guard.MARKS}
        return guard.Sent(getattr(self, "cleaned_data", {}).get("email", ""), **marks)

    @property
    def shown_at(self) -> str:
        """When this form was first shown: as it says itself, if that is ours, or now."""
        sent = self.sent.shown_at
        return guard.shown_at() if guard.age_seconds(sent) is None else sent


class AddressForm(GuardedForm):
    """An address that a letter can be sent to."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=addresses.MAX_ADDRESS_CHARACTERS,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        error_messages={
            "required": _("Please give your e-mail address: we write to it."),
            "max_length": _("This address is too long to be an e-mail address."),
            "null_characters_not_allowed": _("Please take the unprintable characters out."),
        },
    )

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


class SignForm(AddressForm):
    """How to sign, name, address and, if they wish, country: nothing that could be left out."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=MAX_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={
            "required": _("Please give your name, as you would sign a letter."),
            "max_length": _("Please shorten your name to %(limit_value)d characters."),
            "null_characters_not_allowed": _("Please take the unprintable characters out."),
        },
    )
    country = forms.ChoiceField(
        label=_("Your country"),
        required=False,
        choices=_countries,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"invalid_choice": _("Please choose a country from the list, or none.")},
    )
    level = forms.ChoiceField(
        label=_("How do you want to sign?"),
        required=False,
        choices=Signature.Level,
        initial=Signature.Level.HAND_IN,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Please choose how you want to sign.")},
    )
    # That the form has said once why it advises against giving a name.
    is_advised = forms.BooleanField(required=False, widget=forms.HiddenInput)

    field_order = ["level", "name", "email", "country", "is_advised"]

    def __init__(self, data: QueryDict | None = None, *, petition: Petition | None = None) -> None:
        super().__init__(data)
        self.petition = petition
        self.fields["email"].help_text = _(
            "We send you a letter with a link. Your signature counts once you open it and press "
            "the button."
        )
        if petition and not petition.takes_names:
            del self.fields["level"], self.fields["name"]
        elif self.data.get("level") == Signature.Level.COUNT:
            self.fields["name"].required = False

    def clean(self) -> dict[str, object]:
        """Keep no name of somebody who is only counted, and advise those at risk, once."""
        data = super().clean()
        data["level"] = data.get("level") or self._least()
        if data["level"] == Signature.Level.COUNT:
            data["name"] = ""
            self.errors.pop("name", None)
        elif self._is_at_risk(data) and not data.get("is_advised"):
            self._advise()
        return data

    def _least(self) -> Signature.Level:
        # A form without the question asked for a name only where the petition takes names.
        return Signature.Level.HAND_IN if "name" in self.fields else Signature.Level.COUNT

    def _is_at_risk(self, data: dict[str, object]) -> bool:
        return bool(self.petition and data.get("country") in self.petition.countries_at_risk)

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

    def clean_name(self) -> str:
        """The name with single spaces: any script, one word or many."""
        name = unicodedata.normalize("NFC", self.cleaned_data["name"])
        if any(unicodedata.category(c) in _UNPRINTABLE or c in _TURNS_DIRECTION for c in name):
            raise ValidationError(_("Please take the unprintable characters out."))
        if _LINK_OR_MARKUP.search(name):
            raise ValidationError(_("Please give a name only, without links or brackets."))
        if not any(unicodedata.category(c)[0] in "LNS" for c in name):
            raise ValidationError(_("Please give your name, as you would sign a letter."))
        return " ".join(name.split())
