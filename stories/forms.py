"""What editors may enter, and the sentence they read where it can't be taken."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from stories import pictures
from stories.models import Photo
from stories.publishing import Publishable


class PublishableForm(forms.ModelForm):
    """Publishing without a moment means now."""

    def clean(self) -> dict[str, object]:
        """Fill in the moment of publication where the editor left it open."""
        data = super().clean()
        is_published = data.get("status") == Publishable.PublicationStatus.PUBLISHED
        if is_published and "published_at" in data and not data["published_at"]:
            data["published_at"] = timezone.now()
        return data


class PhotoForm(forms.ModelForm):
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
