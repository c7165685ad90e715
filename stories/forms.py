"""What editors may enter, and the sentence they read where it can't be taken."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stories import locking, nameguard, pictures, withdrawal
from stories.models import Photo
from stories.publishing import Publishable


class GuardedForm(forms.ModelForm):
    """Takes no text, slug or file name that holds a name which must never be published."""

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


_CANT_CHECK = _(
    "The lists of names and addresses that must not be published can’t be read, so nothing is "
    "saved. Please tell whoever runs this site."
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
        try:
            self._refuse_withdrawn_address(data.get("slug"))
        except locking.Locked:
            raise forms.ValidationError(_CANT_CHECK) from None
        return data

    def _refuse_withdrawn_address(self, slug: str | None) -> None:
        # Whatever stands there would be withdrawn again after the next restored backup.
        if slug and withdrawal.is_taken(type(self.instance)(slug=slug).get_absolute_url()):
            words = _("Something was withdrawn from this address. Please choose another one.")
            self.add_error("slug", words)


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


class PhotoForm(GuardedForm):
    """A picture, of which only clean renditions are kept."""

    class Meta:
        model = Photo
        fields = ["image", "alt", "credit", "caption"]

    def clean_image(self) -> object:
        """Exchange an upload for renditions without its metadata."""
        image = self.cleaned_data["image"]
        if not isinstance(image, UploadedFile):
            return image  # the picture that was there before
        self.instance.small, large = pictures.renditions(image)
        return large
