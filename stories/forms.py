"""What editors may enter, and the sentence they read where it can't be taken."""

from django import forms
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stories import (
    clearing,
    locking,
    nameguard,
    pictures,
    standing,
    suspicion,
    withdrawn_addresses,
)
from stories.photos import Photo
from stories.publishing import Publishable
from stories.suspicion import Reason

# What editors say of a photo in its own row.
PHOTO_FIELDS = (
    *("alt", "credit", "caption", "focal_x", "focal_y", "minors", "context", "is_graphic"),
    *("licence", "licence_until", "consent_withdrawn_on"),
)


class Guarded:
    """To be mixed in: no text, slug or file name may hold a name which must never be published."""

    def clean(self) -> dict[str, object]:
        """Refuse such a name, by the field that it stands in and without repeating it."""
        data = super().clean()
        texts = {name: value for name, value in data.items() if isinstance(value, str)}
        for name in self.fields:
            if upload := self.files.get(self.add_prefix(name)):
                texts[name] = upload.name
        try:
            found_in = nameguard.search()
        except locking.Locked:
            raise forms.ValidationError(_CANT_CHECK) from None
        for name, text in texts.items():
            if numbers := found_in(text):
                self.add_error(name, _never_published(numbers))
        return data


class GuardedForm(Guarded, forms.ModelForm):
    """A form of the desk; all of them are guarded."""


_CANT_CHECK = _(
    "The lists of names and addresses that must not be published can’t be read, so nothing is "
    "saved. Please tell whoever runs this site."
)

_CANT_LOCK = _(
    "The key that locks uploaded photos can’t be read, so nothing is saved. Please tell whoever "
    "runs this site."
)


def _never_published(numbers: list[int]) -> str:
    words = _("This holds a name that must never be published (on the list: %(numbers)s).")
    return words % {"numbers": ", ".join(f"№ {number}" for number in numbers)}


class PublishableForm(GuardedForm):
    """Publishing without a moment means now."""

    def clean(self) -> dict[str, object]:
        """Fill in the moment of publication where the editor left it open."""
        data = super().clean()
        is_published = data.get("status") == Publishable.PublicationStatus.PUBLISHED
        if is_published and "published_at" in data and not data["published_at"]:
            data["published_at"] = timezone.now()
        self._refuse_photo(data)
        try:
            self._refuse_withdrawn_address(data.get("slug"))
        except locking.Locked:
            raise forms.ValidationError(_CANT_CHECK) from None
        return data

    def _refuse_withdrawn_address(self, slug: str | None) -> None:
        # Whatever stands there would be withdrawn again after the next restored backup.
        if slug and withdrawn_addresses.is_taken(type(self.instance)(slug=slug).get_absolute_url()):
            words = _("Something was withdrawn from this address. Please choose another one.")
            self.add_error("slug", words)

    def _refuse_photo(self, data: dict[str, object]) -> None:
        """Refuse a photo that may not stand with this subject, and name the rule."""
        photo = data.get("photo")
        if photo is None or "photo" not in self.changed_data:
            return
        defenders, stories = standing.subjects(self.instance)
        rule = standing.rule_against(photo, standing.Place.PAGE) or standing.rule_with(
            photo, data.get("defenders", defenders), data.get("stories", stories)
        )
        if rule:
            self.add_error("photo", standing.refusal(rule))


class PageForm(PublishableForm):
    """A page of the site itself, at an address that nothing else has."""

    def clean_slug(self) -> str:
        """Refuse the address of another page of the site, which would hide this one."""
        slug = self.cleaned_data["slug"]
        try:
            taken_by = resolve(f"/{slug}/").url_name
        except Resolver404:
            taken_by = None
        if taken_by not in (None, "page_detail"):
            raise forms.ValidationError(_("This address is taken by another page of the site."))
        return slug


class _Slider(forms.NumberInput):
    """Set by a finger, a mouse or the arrow keys, without typing a number."""

    input_type = "range"

    def __init__(self) -> None:
        super().__init__({"min": 0, "max": 100, "step": 1})


class PhotoForm(GuardedForm):
    """A picture, of which only clean renditions are shown."""

    image = forms.FileField(label=_("Picture"))
    looked: pictures.Looked | None = None
    found: tuple[Reason, ...] = ()

    class Meta:
        model = Photo
        fields = [*PHOTO_FIELDS, "defenders_shown", "stories_shown"]
        widgets = {"focal_x": _Slider, "focal_y": _Slider}
        labels = {"focal_x": _("What matters, from the left"), "focal_y": _("From the top")}
        help_texts = {
            "focal_x": _("Crops keep what lies under the ring. Or press on the picture."),
            "focal_y": "",
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["image"].required = False
            self.fields["image"].label = _("Another picture in its place")

    def clean_image(self) -> object:
        """Look at an upload; its public files are made later."""
        image = self.cleaned_data["image"]
        if image:
            try:
                locking.require_key()
            except locking.Locked:
                raise forms.ValidationError(_CANT_LOCK) from None
            self.looked = pictures.look(image)
        return image

    def clean_credit(self) -> str:
        """See whether an agency is credited."""
        credit = self.cleaned_data["credit"]
        self.found = tuple(suspicion.agencies(credit))
        return credit

    def asks_for_clearing(self, photo: Photo) -> bool:
        """Whether another editor has to look, now or again."""
        known = photo.reasons.split()
        is_news = any(reason not in known for reason in self.found)
        is_decided_anew = known and any(name in self.changed_data for name in clearing.DECIDED)
        return bool(is_news or (is_decided_anew and not self.looked))
