"""Domains and addresses that are held or not taken, on the editors' desk."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from petitions import addresses, blocks, sealing
from petitions.admin.logged import LoggedAdmin
from petitions.models import Block, Petition


class BlockForm(forms.ModelForm):
    """A domain or an address. The address is not stored: only what recognises it is."""

    address = forms.CharField(
        label=_("or address"),
        required=False,
        max_length=addresses.MAX_ADDRESS_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text=_(
            "It is turned into a code that recognises it and can’t be turned back. Nobody can "
            "read the list, you neither; below it you can try whether an address is on it."
        ),
    )

    class Meta:
        model = Block
        fields = ["domain", "address", "act", "note"]
        help_texts = {
            "domain": _("Such as “example.org”. It stands for what is under it, too."),
            "act": _(
                "Held: its owner confirms and is told that an editor will look first. Not taken: "
                "they are told so, and to sign with another address. Both by letter, never on "
                "the page. What is counted already stays counted."
            ),
        }

    def clean_domain(self) -> str:
        """The domain as the list is asked for it."""
        typed = self.cleaned_data["domain"].strip().lower().removeprefix("@")
        if not typed:
            return ""
        try:
            domain = addresses.deliverable(f"somebody@{typed}").rpartition("@")[2].lower()
        except addresses.NotAnAddress:
            raise forms.ValidationError(_("This is not a domain, such as “example.org”.")) from None
        return domain

    def clean_address(self) -> str:
        """The one spelling of the mailbox."""
        typed = self.cleaned_data["address"]
        try:
            return addresses.canonical(addresses.deliverable(typed)) if typed.strip() else ""
        except addresses.NotAnAddress:
            raise forms.ValidationError(_("This is not an e-mail address.")) from None

    def clean_note(self) -> str:
        """Keep addresses out of the one field that everybody can read."""
        if "@" in self.cleaned_data["note"]:
            raise forms.ValidationError(_("Please write no address here; everybody can read it."))
        return self.cleaned_data["note"]

    def clean(self) -> dict[str, object]:
        """Ask for one of both, and turn the address into its code."""
        data = super().clean()
        if self.instance.pk or self.errors:
            return data
        domain, address = data.get("domain"), data.pop("address", "")
        if bool(domain) == bool(address):
            raise forms.ValidationError(_("Give either a domain or an address."))
        if address:
            self.instance.address_hash = sealing.list_hash(address)
            if Block.objects.filter(address_hash=self.instance.address_hash).exists():
                raise forms.ValidationError({"address": _("This address is on the list already.")})
        return data


class TryForm(forms.Form):
    """An address to be tried. Nothing of it is kept."""

    address = forms.EmailField(
        label=pgettext_lazy("mailbox", "Address"),
        max_length=addresses.MAX_ADDRESS_CHARACTERS,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )


@admin.register(Block)
class BlockAdmin(LoggedAdmin, admin.ModelAdmin):
    """The list of what is held or not taken."""

    form = BlockForm
    list_display = ["what", "act", "note", "made_on"]
    list_filter = ["act"]
    search_fields = ["domain", "note"]
    change_list_template = "admin/petitions/block/change_list.html"

    def get_fields(self, request: HttpRequest, block: Block | None = None) -> list[str]:
        """What it is of can be given once; after that, what happens and why."""
        return ["what", "act", "note"] if block else ["domain", "address", "act", "note"]

    def get_readonly_fields(self, request: HttpRequest, block: Block | None = None) -> list[str]:
        """Show what it is of."""
        return ["what"] if block else []

    def get_form(
        self, request: HttpRequest, obj: Block | None = None, change: bool = False, **kwargs: object
    ) -> type[forms.ModelForm]:
        """Once it is there, without the fields that can't be changed."""
        if obj:
            kwargs["form"] = ChangeForm
        return super().get_form(request, obj, change, **kwargs)

    @method_decorator(sensitive_post_parameters("address"))
    def add_view(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Add one; a fault must not quote the address."""
        return super().add_view(request, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """With the box to try an address in."""
        view = self.admin_site.admin_view(require_POST(self.try_address))
        return [path("try/", view, name="petitions_block_try"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The list, and below it the box."""
        more = {"title": _("Not taken, or held"), "try_form": TryForm(), **(extra_context or {})}
        return super().changelist_view(request, more)

    @method_decorator(sensitive_post_parameters("address"))
    def try_address(self, request: HttpRequest) -> HttpResponse:
        """Say what would become of a signature with this address. Stores and logs nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Try an address"),
            "try_form": form,
        }
        if form.is_valid():
            found = blocks.verdict(form.cleaned_data["address"], Petition(holds_throwaway=True))
            context |= {"verdict": found, "is_tried": True}
        return TemplateResponse(request, "admin/petitions/block/try.html", context)

    def save_model(self, request: HttpRequest, block: Block, form: BlockForm, change: bool) -> None:
        """Save it, and say where a domain is many people's."""
        super().save_model(request, block, form, change)
        if block.domain in addresses.LARGE:
            sentence = _(
                "%(domain)s is used by very many people. All who sign from there from now on are "
                "touched by this."
            )
            messages.warning(request, sentence % {"domain": block.domain})

    def logged_name(self, row: Block) -> str:
        """A domain by its name, an address by its number in the list."""
        return str(row)

    @admin.display(description=_("domain or address"), ordering="domain")
    def what(self, block: Block) -> str:
        """A domain, or the number of an address."""
        return str(block)


class ChangeForm(BlockForm):
    """What can be changed of a block later."""

    address = None

    class Meta(BlockForm.Meta):
        fields = ["act", "note"]

    def clean_domain(self) -> str:
        """Stays as it is."""
        return self.instance.domain
