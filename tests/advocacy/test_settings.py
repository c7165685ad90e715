"""A site that lacks something it needs does not start, and says what it lacks."""

import re

import pytest

from tests.advocacy.programs import PRODUCTION, ROOT, code, last_line, run

SETTINGS = code("import advocacy.settings")


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in PRODUCTION.items() if key != name}


@pytest.fixture
def data(tmp_path):
    """A place where nothing is yet."""
    return tmp_path / "data"


@pytest.fixture(scope="module")
def with_keys(tmp_path_factory):
    """The environment of a site whose keys were made."""
    data = tmp_path_factory.mktemp("data")
    environment = PRODUCTION | {"DATA_DIR": str(data)}
    made = run("manage.py", "keys", "make", "--private-key-file", data / "p", **environment)
    assert made.returncode == 0, made.stderr
    return environment


@pytest.mark.parametrize("name", ["SECRET_KEY", "SITE_URL", "EMAIL_URL"])
def test_without_what_it_needs_a_site_refuses_and_names_it(name):
    done = run(*SETTINGS, **without(name))
    assert done.returncode
    assert "ImproperlyConfigured" in last_line(done)
    assert name in last_line(done)


@pytest.mark.parametrize("name", ["SECRET_KEY", "SITE_URL", "EMAIL_URL"])
def test_a_line_left_empty_in_the_environment_is_as_good_as_none(with_keys, name):
    done = run(*code("import advocacy.wsgi"), **with_keys | {name: ""})
    assert done.returncode, "it started"
    assert name in last_line(done)


def test_a_secret_that_everybody_can_read_in_our_example_is_none(with_keys):
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (secret,) = re.findall(r"^SECRET_KEY=(.+)$", example, re.M)
    done = run(*code("import advocacy.wsgi"), **with_keys | {"SECRET_KEY": secret})
    assert done.returncode, "with it anybody can write the links of our letters"
    assert "SECRET_KEY" in last_line(done)


def test_a_secret_that_is_short_enough_to_guess_is_none():
    done = run(*SETTINGS, **PRODUCTION | {"SECRET_KEY": "tulip"})
    assert "SECRET_KEY must be 50 random characters or more" in last_line(done)
    assert "tulip" not in done.stderr


@pytest.mark.parametrize("url", ["example.org", "//", "https://"])
def test_an_address_without_a_host_is_refused_with_an_example(url):
    done = run(*SETTINGS, **PRODUCTION | {"SITE_URL": url})
    assert "SITE_URL must be a whole address, such as https://example.org" in last_line(done)


def test_only_the_demo_goes_unencrypted():
    plain = PRODUCTION | {"SITE_URL": "http://example.org"}
    assert "SITE_URL must begin with https://" in last_line(run(*SETTINGS, **plain))
    assert run(*SETTINGS, **plain, DEMO=1).returncode == 0


def test_the_demo_needs_no_mail_server():
    assert run(*SETTINGS, **without("EMAIL_URL"), DEMO=1).returncode == 0


def test_the_web_server_does_not_open_without_keys(data):
    done = run(*code("import advocacy.wsgi"), **PRODUCTION, DATA_DIR=data)
    assert done.returncode
    assert f"There is no public key in {data}/keys/sealing." in last_line(done)
    assert "Make the keys: manage.py keys make" in last_line(done)


def test_the_worker_does_not_start_without_keys(data):
    done = run("manage.py", "work", "--once", **PRODUCTION, DATA_DIR=data)
    assert done.returncode
    assert "Make the keys: manage.py keys make" in last_line(done)


def test_with_its_keys_the_web_server_opens(with_keys):
    assert run(*code("import advocacy.wsgi"), **with_keys).returncode == 0


def test_nothing_is_left_to_say_about_a_production_site(with_keys):
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **with_keys)
    assert done.returncode == 0, done.stderr


def test_the_check_names_missing_keys(data):
    done = run("manage.py", "check", "--deploy", **PRODUCTION, DATA_DIR=data)
    assert done.returncode
    assert "petitions.E001" in done.stderr
    assert str(data / "keys" / "server.key") in done.stderr


def test_debugging_is_off_unless_it_is_asked_for():
    show = code("from advocacy import settings as s; print(s.DEBUG, s.DEMO, s.HTTPS, "
                "s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.ALLOWED_HOSTS)")  # fmt: skip
    done = run(*show, **PRODUCTION)
    assert done.stdout.split(maxsplit=5) == [
        "False", "False", "True", "True", "True", "['example.org']\n"
    ]  # fmt: skip


def test_keys_and_data_stand_where_they_are_told_to(tmp_path):
    show = code(
        "from advocacy import settings as s; "
        "print(s.KEYS_DIR, s.DATABASES['default']['NAME'], s.MEDIA_ROOT)"
    )
    data, keys = tmp_path / "d", tmp_path / "k"
    done = run(*show, **PRODUCTION, DATA_DIR=data, KEYS_DIR=keys)
    assert done.stdout.split() == [str(keys), str(data / "advocacy.sqlite3"), str(data / "media")]


def test_no_table_is_missing_from_the_migrations(with_keys):
    done = run("manage.py", "makemigrations", "--check", "--dry-run", **with_keys)
    assert done.returncode == 0, done.stdout
