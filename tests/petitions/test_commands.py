"""What the operator types."""

from io import StringIO

import pytest
from django.core.management import (
    BaseCommand,
    CommandError,
    call_command,
    get_commands,
    load_command_class,
)
from django.utils import timezone

from petitions import sealing
from petitions.management.commands.work import Worker
from petitions.models import Letter, Petition, Tally
from stories.models import Photo
from tests.factories import confirm, make_petition, make_signature, sign
from tests.stories.uploads import encoded, picture, received_photo

pytestmark = pytest.mark.django_db
OURS = ("stories", "petitions", "advocacy")


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_recount_says_that_all_agrees():
    confirm(make_signature(make_petition()))
    assert "agree" in run("recount")


def test_recount_finds_and_mends_a_wrong_tally():
    petition = make_petition()
    Tally.objects.create(petition=petition, total=7)
    with pytest.raises(CommandError, match="do not agree"):
        run("recount")
    assert "All tallies agree" in run("recount", "--mend")
    assert Tally.objects.get().total == 0


@pytest.fixture
def own_keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    sealing.forget_cached_keys()
    yield tmp_path
    sealing.forget_cached_keys()


def test_keys_are_made_once_and_listed(own_keys):
    private = own_keys / "usb-stick" / "private"
    assert str(private) in run("keys", "make", "--private-key-file", str(private))
    assert sealing.missing_keys() == []
    assert "0 petitions, seals new petitions" in run("keys", "list")
    with pytest.raises(CommandError, match="keys rotate"):
        run("keys", "make", "--private-key-file", str(private) + "-2")
    assert len(run("keys", "list").splitlines()) == 1


def test_a_lost_server_key_is_made_again_and_the_pair_stays(own_keys):
    private = own_keys / "private"
    run("keys", "make", "--private-key-file", str(private))
    (own_keys / "keys" / "server.key").unlink()
    pair = sealing.sealing_key_ids()
    assert "made anew" in run("keys", "make", "--private-key-file", str(private) + "-2")
    assert sealing.missing_keys() == []
    assert sealing.sealing_key_ids() == pair


def test_a_new_pair_seals_new_petitions_and_the_old_ones_keep_theirs(own_keys):
    for act, file in (("make", "first"), ("rotate", "second")):
        run("keys", act, "--private-key-file", str(own_keys / file))
        signature = make_signature(make_petition(), f"{file}@example.org")
        box = bytes(signature.sealed_box)
        assert box[: sealing.KEY_ID_BYTES].hex() == signature.petition.sealing_key_id
        assert sealing.unseal(box, (own_keys / file).read_bytes())["name"] == "Mira Novak"
    older = Petition.objects.order_by("pk").first()
    late = make_signature(older, "late@example.org")
    with pytest.raises(sealing.WrongKey):
        sealing.unseal(late.sealed_box, (own_keys / "second").read_bytes())
    lines = run("keys", "list").splitlines()
    assert ["1 petitions" in line for line in lines] == [True, True]
    assert "seals new petitions" in lines[1]


def test_there_is_nothing_to_rotate_before_there_is_a_key(own_keys):
    with pytest.raises(CommandError, match="keys make"):
        run("keys", "rotate", "--private-key-file", str(own_keys / "private"))


def test_a_private_key_is_never_overwritten(own_keys):
    private = own_keys / "private"
    run("keys", "make", "--private-key-file", str(private))
    before = private.read_bytes()
    with pytest.raises(CommandError, match="Could not write"):
        run("keys", "rotate", "--private-key-file", str(private))
    assert private.read_bytes() == before


def test_a_public_key_that_is_gone_is_said_to_be_missing(own_keys):
    run("keys", "make", "--private-key-file", str(own_keys / "private"))
    key_id = make_petition().sealing_key_id
    (own_keys / "keys" / "sealing" / f"{key_id}.public").unlink()
    assert f"{key_id}  1 petitions, MISSING" in run("keys", "list")


def test_the_outbox_is_told_in_numbers(inbox):
    sign(make_petition())
    assert run("outbox").startswith("1 letters to send now, 0 later")
    inbox.answers["mira@example.org"] = "550 No"
    Worker().round()
    assert "1 given up" in run("outbox")
    assert "1 letters are tried again" in run("outbox", "--retry")


def test_a_round_of_work_sends_and_counts(inbox):
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition, "sam@example.org")
    worker = Worker()
    assert worker.round() is True
    assert worker.round() is False
    assert len(inbox.mails) == 1
    assert Tally.objects.get().total == 1


def test_after_few_letters_some_more_are_waited_for(inbox, settings):
    settings.LETTER_BATCH_COUNT = 3
    petition, worker = make_petition(), Worker()
    for name in ("mira", "sam", "noor", "ana"):
        sign(petition, f"{name}@example.org")
    worker.round()
    assert not worker.may_gather
    worker.round()
    assert worker.may_gather
    assert len(inbox.mails) == 4


def test_rounds_of_work_make_the_files_of_photos_and_take_down_barred_ones(inbox):
    photo = received_photo(encoded(picture()))
    worker = Worker()
    assert [worker.round() for _ in range(2)] == [True, True]
    assert not worker.may_gather  # an editor waits for them
    assert [worker.round() for _ in range(2)] == [True, False]
    photo.refresh_from_db()
    assert photo.formats_count == 3
    Photo.objects.update(consent_withdrawn_on=timezone.localdate())
    assert [worker.round() for _ in range(2)] == [True, False]
    photo.refresh_from_db()
    assert not photo.is_ready


def test_counting_goes_on_while_the_mail_server_is_down(inbox, settings):
    petition = make_petition()
    sign(petition, "sam@example.org")
    settings.EMAIL_PORT = 1
    worker = Worker()
    worker.round()
    confirm(make_signature(petition))
    worker.round()
    assert Tally.objects.get().total == 1
    assert Letter.objects.count() == 1


def test_a_mail_server_that_is_down_is_asked_less_and_less_often(inbox, settings):
    sign(make_petition())
    settings.EMAIL_PORT = 1
    worker = Worker()
    pauses = []
    for _ in range(12):
        worker.mail_at = 0
        worker.round()
        pauses.append(worker.mail_pause_seconds)
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300


def test_a_missing_key_does_not_stop_the_counting(inbox, settings, tmp_path):
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition, "sam@example.org")
    kept, settings.KEYS_DIR = settings.KEYS_DIR, tmp_path
    sealing.forget_cached_keys()
    Worker().round()
    settings.KEYS_DIR = kept
    sealing.forget_cached_keys()
    assert Tally.objects.get().total == 1
    assert Letter.objects.count() == 1


def test_the_worker_refuses_to_start_without_keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    with pytest.raises(Exception, match="keys make"):
        run("work", "--once")


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(n for n, app in get_commands().items() if app in OURS))
def test_no_command_hides_what_django_calls_before_it(name):
    """`check` of our own was called in the place of Django's, and only from a shell."""
    command = type(load_command_class(get_commands()[name], name))
    ours = {n for n in vars(command) if not n.startswith("__")}
    meant = {"help", "add_arguments", "handle", "requires_system_checks"}
    assert ours & set(vars(BaseCommand)) <= meant
