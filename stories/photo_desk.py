"""Photos on the desk: uploaded, explained, cleared by somebody else, exchanged, deleted."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from stories import clearing, figures, locking, photo_notes, pictures, standing
from stories.desk import WithdrawingDesk
from stories.forms import PHOTO_FIELDS, PhotoForm
from stories.photos import Photo
from stories.translation_desk import TranslatingDesk

# Written by a clearing that begins anew; everything else of the row is the worker's.
ANEW = [
    *["state", "reasons", "uploaded_by", "changed_by", "cleared_by", "cleared_on"],
    *["stem", "formats_count", "leased_until", "tries_count", *clearing.DECIDED],
]
FROM_FILE = ["original", "preview", "sha256", "width", "height"]
WORDS = ["caption_original", "instructions", "credit_original", "creator", "agency_reference"]


@admin.register(Photo)
class PhotoAdmin(WithdrawingDesk, TranslatingDesk):
    """Pictures."""

    class Media:
        """The ring follows the sliders."""

        js = (Script("js/photo-focus.js", type="module"),)

    form = PhotoForm
    list_display = ["small_preview", "in_short"]
    list_display_links = ["small_preview"]
    list_filter = ["state", "minors", "context", "licence"]
    search_fields = ["alt", "credit", "caption", "agency_reference"]
    autocomplete_fields = ["defenders_shown", "stories_shown"]
    readonly_fields = [
        *["focus_preview", "standing_in_words", "places_in_words", "where_used", "uploaded_by"],
        *WORDS,
    ]
    fieldsets = [
        (
            gettext_lazy("The picture"),
            {
                "fields": [
                    *["focus_preview", ("focal_x", "focal_y"), "standing_in_words"],
                    *["places_in_words", "where_used", "image"],
                ]
            },
        ),
        (gettext_lazy("In words"), {"fields": ["alt", "credit", "caption"]}),
        (
            gettext_lazy("Who and what is to be seen"),
            {"fields": ["minors", "is_graphic", "context", "defenders_shown", "stories_shown"]},
        ),
        (
            gettext_lazy("By what right"),
            {"fields": ["licence", "licence_until", "consent_withdrawn_on"]},
        ),
        (
            gettext_lazy("What the file says; never on a page"),
            {"fields": ["uploaded_by", *WORDS]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        """With what notes and uses are made of, so that the list asks no more for each."""
        return super().get_queryset(request).with_faces().prefetch_related(*clearing.uses_names())

    def get_fieldsets(self, request: HttpRequest, obj: Photo | None = None) -> list:
        """For a new photo, without what only an uploaded one has."""
        if obj:
            return self.fieldsets
        return [(gettext_lazy("The picture"), {"fields": ["image"]}), *self.fieldsets[1:-1]]

    def get_urls(self) -> list[URLPattern]:
        """The pages of one photo beside its form."""
        views = {
            "clear": self.clear,
            "preview": cache_control(private=True, no_store=True)(self.preview),
        }
        own = [
            path(
                f"<int:object_id>/{act}/",
                self.admin_site.admin_view(view),
                name=f"stories_photo_{act}",
            )
            for act, view in views.items()
        ]
        return own + super().get_urls()

    # --- Saved and deleted ------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, photo: Photo, form: PhotoForm, change: bool) -> None:
        """Save what was given, and let it wait for another editor where there is a reason."""
        before = Photo.objects.get(pk=photo.pk) if change else None
        who = request.user.get_username()
        fields = [name for name in PHOTO_FIELDS if name in form.changed_data]
        if form.looked:
            clearing.receive(photo, form.cleaned_data["image"], form.looked, who)
            fields += [*FROM_FILE, *WORDS, *ANEW]
        if form.asks_for_clearing(photo):
            clearing.begin_anew(photo, "" if form.looked else who, form.found)
            fields += ANEW
        if before is None:
            photo.save()
            return
        # Named, since the worker writes other fields of the row meanwhile.
        photo.save(update_fields=fields)
        if form.looked:
            pictures.take_down(before)
        elif "stem" in fields:
            pictures.delete_files(before)

    def save_related(
        self, request: HttpRequest, form: PhotoForm, formsets: list, change: bool
    ) -> None:
        """Save, and say where a photo that is in use no longer appears."""
        super().save_related(request, form, formsets, change)
        photo = form.instance
        if photo.state == Photo.State.QUARANTINED:
            messages.warning(request, _("This photo waits for another editor to clear it."))
        for row in clearing.uses(photo):
            if rule := standing.rule_at(row, photo):
                words = _("“%(row)s” no longer shows it. %(rule)s")
                messages.warning(request, words % {"row": row, "rule": standing.refusal(rule)})

    def delete_model(self, request: HttpRequest, photo: Photo) -> None:
        """Delete, and take the picture off the web."""
        pictures.take_down(photo)
        super().delete_model(request, photo)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        """Delete several, and take the pictures off the web."""
        for photo in queryset:
            pictures.take_down(photo)
        super().delete_queryset(request, queryset)

    # --- Cleared ----------------------------------------------------------------------------------

    def clear(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show everything that a clearing is about; by POST, clear it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        photo, who = get_object_or_404(Photo, pk=object_id), request.user.get_username()
        if request.method == "POST":
            if clearing.clear(photo, who, request.POST.get("seen", "")):
                self.log_change(request, photo, "Cleared.")
                messages.success(request, _("Cleared. Its public files are being made."))
                return HttpResponseRedirect(_address("change", photo.pk))
            messages.error(request, _("Not cleared: it is yours, or it has changed meanwhile."))
        context = self.admin_site.each_context(request) | {
            "title": _("Clear a photo"),
            "opts": self.opts,
            "photo": photo,
            "preview": _address("preview", photo.pk),
            "reasons": clearing.reasons_in_words(photo),
            "words": [(Photo._meta.get_field(n).verbose_name, getattr(photo, n)) for n in WORDS],
            "is_waiting": photo.state == Photo.State.QUARANTINED,
            "may_clear": clearing.may_clear(photo, who),
            "uses": clearing.uses(photo),
            "people": photo.defenders_shown.all(),
            "events": photo.stories_shown.all(),
            "change": _address("change", photo.pk),
            "places": photo_notes.places_once_cleared(photo),
        }
        return TemplateResponse(request, "admin/stories/photo/clear.html", context)

    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A small copy without metadata, for editors: also of what is not cleared."""
        return require_safe(self._preview)(request, object_id)

    def _preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        photo = get_object_or_404(Photo, pk=object_id)
        try:
            with photo.preview.open() as file:
                return HttpResponse(file.read(), content_type="image/jpeg")
        except (FileNotFoundError, locking.Locked):
            raise Http404 from None

    # --- Shown on the form ------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("preview"))
    def small_preview(self, photo: Photo) -> str:
        """The picture, small."""
        return format_html(
            '<img class="photo-small" src="{}" alt="" width="{}" height="{}" loading="lazy">',
            *(_address("preview", photo.pk), photo.width, photo.height),
        )

    @admin.display(description=gettext_lazy("what is to be known"), ordering="alt")
    def in_short(self, photo: Photo) -> str:
        """What it shows, who made it, how much it is used, what waits and what is restricted."""
        context = {
            "photo": photo,
            "change": _address("change", photo.pk),
            "notes": photo_notes.notes(photo),
            "uses_count": len(clearing.uses(photo)),
        }
        return render_to_string("admin/stories/photo/_short.html", context)

    @admin.display(description=gettext_lazy("preview"))
    def focus_preview(self, photo: Photo) -> str:
        """The picture with a ring around what matters."""
        width, height = photo.width, photo.height
        x, y = photo.focal_x * width // 100, photo.focal_y * height // 100
        ring = max(width, height) // 20
        return format_html(
            '<photo-focus><svg class="photo-preview" viewBox="0 0 {} {}" role="img" '
            'aria-label="{}"><image href="{}" width="{}" height="{}"/>'
            '<circle cx="{}" cy="{}" r="{}"/></svg></photo-focus>',
            *(width, height, photo.alt, _address("preview", photo.pk), width, height, x, y, ring),
        )

    @admin.display(description=gettext_lazy("state"))
    def standing_in_words(self, photo: Photo) -> str:
        """Whether it may be shown, why not, and the way to clear it."""
        found = [(sentence,) for sentence in clearing.reasons_in_words(photo)]
        if photo.state == Photo.State.QUARANTINED:
            link = format_html('<a href="{}">{}</a>', _address("clear", photo.pk), _("Clear it"))
            words = format_html("{} {}", _("Waits for another editor."), link)
        elif photo.state == Photo.State.CLEARED:
            given = {"who": photo.cleared_by, "day": figures.day(photo.cleared_on)}
            words = _("Cleared by %(who)s on %(day)s.") % given
        else:
            words = _("Nothing suspicious was found in its file.")
        if photo.tries_count >= pictures.MAX_TRIES:
            words = format_html("{} {}", words, _("Its files could not be made."))
        listed = format_html_join("", "<li>{}</li>", found)
        return format_html('<p>{}</p><ul class="photo-reasons">{}</ul>', words, listed)

    @admin.display(description=gettext_lazy("where it may stand"))
    def places_in_words(self, photo: Photo) -> str:
        """Each place, and the rule that keeps it from there."""
        context = {"places": photo_notes.places(photo)}
        return render_to_string("admin/stories/photo/_places.html", context)

    @admin.display(description=gettext_lazy("where it is used"))
    def where_used(self, photo: Photo) -> str:
        """Everything that has it, published or not: what a change will change."""
        rows = [(_desk_address(row), row._meta.verbose_name, row) for row in clearing.uses(photo)]
        if not rows:
            return _("Nowhere.")
        listed = format_html_join("", '<li><a href="{}">{}: {}</a></li>', rows)
        return format_html('<ul class="photo-reasons">{}</ul>', listed)


def _address(act: str, pk: int) -> str:
    return reverse(f"admin:stories_photo_{act}", args=[pk])


def _desk_address(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
