"""Of whom does each field of each model say anything?

The suite fails on a field that is not here. What `retention.py` destroys is derived from it: every
row of a model with a field about signers goes when its petition's time is over.
"""

import enum
from collections.abc import Iterator

from django.apps import apps
from django.db import models


class Kind(enum.Enum):
    """Whom a field is about, and so how long it may stay."""

    SIGNER = "that somebody signed, who they are, or how to reach them; until the petition is over"
    LISTED = "somebody on the editors' own list; until an editor takes them off"
    STAFF = "somebody who works on this site"
    SUBJECT = "somebody whom a story or a profile is about, told with their safety in mind"
    NOBODY = "nobody: public words, numbers, settings"


_OUTGOING = "id tries_count send_after give_up_after leased_until lease refused_on"

# By model: the names of its fields, many-to-many ones included.
FIELDS: dict[str, dict[Kind, str]] = {
    "petitions.Signature": {
        Kind.SIGNER: "petition level duplicate_hash sealed_box country signed_on confirmed_on "
        "letters_on letters_count locked_name name_state name_decided_on standing standing_reason "
        "signed_hour mail_class network_bucket invalidation",
        Kind.NOBODY: "id",
    },
    "petitions.Letter": {
        Kind.SIGNER: "petition duplicate_hash locked_address language is_reminder wants_updates",
        Kind.NOBODY: _OUTGOING,
    },
    "petitions.Subscription": {
        Kind.SIGNER: "petition duplicate_hash locked_address language undeliverable_on",
        Kind.NOBODY: "id",
    },
    "petitions.Delivery": {
        Kind.SIGNER: "subscription",
        Kind.NOBODY: f"{_OUTGOING} update",
    },
    "petitions.Block": {
        Kind.LISTED: "address_hash note",
        Kind.NOBODY: "id domain act made_on",
    },
    "petitions.Switches": {
        Kind.NOBODY: "id is_signing_paused live_count_seconds hides_drawings is_read_only "
        "banner_words banner_level banner_until",
    },
    "petitions.StaffAct": {
        Kind.STAFF: "who act about facts at",
        Kind.NOBODY: "number previous_hash hash",
    },
    "petitions.Petition": {
        Kind.SUBJECT: "title short_title summary text result defenders photo",
        Kind.NOBODY: "id status published_at slug occasion occasion_on occasion_place closes_at "
        "outcome takes_names countries_at_risk shows_names holds_throwaway retention_days "
        "postponed_until postponed_because withdrawn_on visibility sealing_key_id duplicate_key_id "
        "countries themes stories partners",
    },
    "petitions.Demand": {Kind.SUBJECT: "text", Kind.NOBODY: "id petition position addressee"},
    "petitions.Milestone": {Kind.NOBODY: "id petition count text reached_on"},
    "petitions.Destruction": {
        Kind.NOBODY: "petition began_on ended_on records_count counted_count"
    },
    "petitions.Invalidation": {
        Kind.NOBODY: "id petition standing criteria last_signature_id expected_count moved_count "
        "made_at finished_at is_undone"
    },
    "petitions.LedgerEntry": {Kind.NOBODY: "id petition value country leaf position"},
    "petitions.Tally": {Kind.NOBODY: "petition total by_country entries_count"},
    "petitions.Update": {
        Kind.SUBJECT: "title text",
        Kind.NOBODY: "id status published_at petition sending_began_at sending_stopped_at "
        "sending_ended_at recipients_count sent_count",
    },
    "stories.Story": {
        Kind.SUBJECT: "kicker title slug summary body content_note photo defenders",
        Kind.STAFF: "byline",
        Kind.NOBODY: "id status published_at visibility kind language checked_on updated_at "
        "countries themes",
    },
    "stories.Defender": {
        Kind.SUBJECT: "kind name slug name_original name_original_language other_names occupation "
        "organisation country summary what_they_defend what_happened story condition "
        "condition_since condition_since_precision condition_confirmed_on condition_source photo "
        "themes is_pseudonym risk_level review_by",
        Kind.NOBODY: "id status published_at visibility",
    },
    "stories.Consent": {
        Kind.SUBJECT: "defender given_by given_on covers_name covers_face covers_voice "
        "covers_story covers_place until withdrawn_on kept_at",
        Kind.NOBODY: "id",
    },
    "stories.GuardedName": {Kind.SUBJECT: "locked_name note", Kind.NOBODY: "id made_on"},
    "stories.Withdrawal": {
        Kind.SUBJECT: "path_hash",
        Kind.NOBODY: "id kind number withdrawn_on reason was_public",
    },
    "stories.Translation": {
        Kind.SUBJECT: "words",
        Kind.NOBODY: "id content_type object_id language is_published is_by_machine updated_at",
    },
    "stories.Incident": {
        Kind.SUBJECT: "defender happened_on precision ended_on violation perpetrator place "
        "verification text source",
        Kind.NOBODY: "id",
    },
    "stories.Quote": {
        Kind.SUBJECT: "text language translation speaker role organisation said_on source_name "
        "source_url story defender",
        Kind.NOBODY: "id",
    },
    "stories.Correction": {
        Kind.SUBJECT: "text",
        Kind.NOBODY: "id story defender made_on",
    },
    "stories.Update": {
        Kind.SUBJECT: "title text",
        Kind.NOBODY: "id story defender made_on",
    },
    "stories.Source": {
        Kind.SUBJECT: "title publisher url archive_url is_withheld",
        Kind.NOBODY: "id story defender published opened_on",
    },
    "stories.Photo": {
        # The original holds place and camera; see docs/operations.md for how long.
        Kind.SUBJECT: "original preview sha256 alt caption caption_original instructions "
        "minors context is_graphic defenders_shown stories_shown consent_withdrawn_on reasons "
        "focal_x focal_y",
        Kind.STAFF: "credit credit_original creator uploaded_by changed_by cleared_by cleared_on",
        Kind.NOBODY: "id stem width height formats_count leased_until tries_count agency_reference "
        "licence licence_until state",
    },
    "stories.Statistic": {
        Kind.NOBODY: "id label qualifier value unit scope year compared_value compared_year "
        "source_name source_url archive_url source_year note theme country is_featured checked_on "
        "stale_after superseded_by"
    },
    "stories.Country": {Kind.NOBODY: "code intro boundary_note"},
    "stories.Theme": {Kind.NOBODY: "id slug name definition method"},
    "stories.Partner": {Kind.NOBODY: "id name url role"},
    "stories.SearchEntry": {
        Kind.SUBJECT: "title summary text folded_title folded_summary folded",
        Kind.NOBODY: "id kind key language is_translation published_at fingerprint",
    },
    "stories.Page": {
        Kind.NOBODY: "id status published_at title slug summary body is_in_menu position"
    },
    "advocacy.SecondFactor": {Kind.STAFF: "user seed last_step made_on"},
    "advocacy.RecoveryCode": {Kind.STAFF: "second_factor code_hash", Kind.NOBODY: "id"},
    "admin.LogEntry": {
        Kind.STAFF: "action_time user object_id object_repr action_flag change_message",
        Kind.NOBODY: "id content_type",
    },
    "auth.User": {
        Kind.STAFF: "password last_login is_superuser username first_name last_name email is_staff "
        "is_active date_joined groups user_permissions",
        Kind.NOBODY: "id",
    },
    "auth.Group": {Kind.NOBODY: "id name permissions"},
    "auth.Permission": {Kind.NOBODY: "id name content_type codename"},
    "contenttypes.ContentType": {Kind.NOBODY: "id app_label model"},
    "sessions.Session": {Kind.STAFF: "session_key session_data expire_date"},
}


def fields(model: type[models.Model], kind: Kind) -> list[str]:
    """The names of a model's fields of one kind."""
    return FIELDS.get(model._meta.label, {}).get(kind, "").split()


def about_signers() -> list[type[models.Model]]:
    """Every model that says something of signers; one that points to another comes before it."""
    found = [model for model in apps.get_models() if fields(model, Kind.SIGNER)]
    return sorted(found, key=lambda model: -sum(other in found for other in _targets(model)))


def petition_path(model: type[models.Model]) -> str | None:
    """How a model's rows are found by their petition, as a field or `update__petition`."""
    targets = {field.name: field.related_model for field in _foreign_keys(model)}
    if "petition" in targets:
        return "petition"
    paths = {name: petition_path(target) for name, target in targets.items()}
    return next((f"{name}__{path}" for name, path in paths.items() if path), None)


def _targets(model: type[models.Model]) -> list[type[models.Model]]:
    return [field.related_model for field in _foreign_keys(model)]


def _foreign_keys(model: type[models.Model]) -> Iterator[models.ForeignKey]:
    return (f for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey))
