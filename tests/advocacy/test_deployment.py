"""The files of a deployment fit the code, each other and the guides, as far as that shows here."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from tests.advocacy.programs import ROOT
from tests.advocacy.units import (
    COMPOSE,
    DEPLOY,
    DOCKERFILE,
    NGINX,
    UNITS,
    command,
    compose,
    directives,
)

pytestmark = pytest.mark.once

GUIDES = sorted((ROOT / "docs").glob("*.md"))
EVERYTHING = [p for p in sorted(DEPLOY.rglob("*")) if p.is_file() and p.suffix != ".pyc"]
TEXTS = [*EVERYTHING, *GUIDES, ROOT / "README.md"]
SERVICES = compose()["services"]
# Of other programs: PostgreSQL's image, Python, shells and systemd.
FOREIGN = {
    "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS", "PATH", "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED", "MAINPID", "PGOPTIONS", "REQUIRE_ALL",
}  # fmt: skip


def known_variables() -> set[str]:
    """Every variable that .env.example explains."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.M))


def variables(text: str) -> set[str]:
    """Environment variables that a file of a deployment sets or reads."""
    at_start = r"^\s*(?:ENV |export |\$ export |- )?([A-Z][A-Z_]{2,})[=:](?=\S| \S)"
    set_ = re.findall(at_start, text, re.M)
    more = re.findall(r"^\s+([A-Z_]{3,})=\S+ ?\\?$", text, re.M)
    read = re.findall(r"\$\{?([A-Z][A-Z_]{2,})\b", text)
    inline = re.findall(r"`([A-Z][A-Z]+_[A-Z_]+)=[^`]*`", text)
    return {*set_, *more, *read, *inline}


@pytest.mark.parametrize("file", TEXTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_variable_that_is_named_is_explained_in_our_example(file):
    assert variables(file.read_text(encoding="utf-8")) - known_variables() - FOREIGN == set()


def test_every_variable_of_our_example_is_read_by_something():
    readers = [ROOT / "gunicorn.conf.py", ROOT / "scripts" / "run.py", COMPOSE]
    readers += sorted((ROOT / "advocacy").rglob("*.py"))
    code = "\n".join(file.read_text(encoding="utf-8") for file in readers)
    assert [name for name in known_variables() if not re.search(rf"\b{name}\b", code)] == []


@pytest.mark.parametrize("file", TEXTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_that_is_named_exists(file):
    named = re.findall(r"manage\.py (?:<[^>]*> )?([a-z_]+)", file.read_text(encoding="utf-8"))
    words = {"commands", "command", "at", "and", "for", "is"}
    assert set(named) - set(get_commands()) - words == set()


def headings(guide: Path) -> set[str]:
    """What can be linked to within a guide."""
    lines = re.findall(r"^#+ (.+)$", guide.read_text(encoding="utf-8"), re.M)
    plain = [re.sub(r"[^\w\- ]", "", line.lower()) for line in lines]
    return {line.replace(" ", "-") for line in plain}


@pytest.mark.parametrize("guide", [*GUIDES, ROOT / "README.md", ROOT / "SECURITY.md",
                                   ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)  # fmt: skip
def test_no_link_of_a_guide_leads_nowhere(guide):
    for target in re.findall(r"\]\(([^)\s]+)\)", guide.read_text(encoding="utf-8")):
        if target.startswith(("http", "mailto")):
            continue
        path, _, part = target.partition("#")
        there = (guide.parent / path).resolve() if path else guide
        assert there.exists(), target
        if part:
            assert part in headings(there), target


# --- systemd -------------------------------------------------------------------------------------


def here(text: str) -> str:
    """A unit as it would be where this checkout is the installed one."""
    return text.replace("/opt/advocacy", str(ROOT))


@pytest.fixture
def installed(tmp_path) -> Path:
    """The units, with programs that are there."""
    for file in (DEPLOY / "systemd").iterdir():
        (tmp_path / file.name).write_text(here(file.read_text(encoding="utf-8")))
    return tmp_path


has_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")


@has_systemd
def test_systemd_has_nothing_to_say_about_our_units(installed):
    for file in sorted(installed.iterdir()):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True
        )
        ours = [line for line in done.stderr.splitlines() if "advocacy" in line]
        assert (done.returncode, ours) == (0, [])


@has_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_a_unit_that_is_broken_into_reaches_little(unit):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_a_unit_starts_what_is_in_the_checkout_or_its_environment(unit):
    program = Path(here(command(unit)[0]))
    is_installed = program.parent.name == "bin"
    assert is_installed or os.access(program, os.X_OK), program
    assert directives(unit)["User"] == "advocacy"
    assert directives(unit)["LimitCORE"] == "0"


# --- nginx ---------------------------------------------------------------------------------------


def test_nginx_writes_down_no_address_and_no_path():
    text = re.sub(r"#.*", "", NGINX.read_text(encoding="utf-8"))
    formats = re.findall(r"log_format\s+(\w+)\s+([^;]+);", text)
    assert [name for name, _ in formats] == ["advocacy"]
    for word in ("remote_", "request_uri", "$request ", "uri", "referer", "user_agent", "args"):
        assert word not in formats[0][1]
    assert set(re.findall(r"access_log ([^;]+);", text)) == {
        "off", "/var/log/nginx/advocacy.log advocacy buffer=64k flush=5s"
    }  # fmt: skip
    assert re.findall(r"error_log ([^;]+);", text) == ["/var/log/nginx/error.log emerg"]


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx")
def test_nginx_understands_its_configuration(tmp_path):
    conf = nginx_conf_in(tmp_path)
    done = subprocess.run(["nginx", "-t", "-c", conf], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def nginx_conf_in(folder: Path) -> Path:
    """The configuration with places of its own, and a certificate that it signed itself."""
    make_certificate(folder)
    text = NGINX.read_text(encoding="utf-8")
    for there, path in {"/etc/advocacy/tls": folder, "/var/log/nginx": folder,
                        "/var/lib/nginx/pages": folder / "cache",
                        "/run/nginx.pid": folder / "nginx.pid"}.items():  # fmt: skip
        text = text.replace(there, str(path))
    if os.geteuid():
        text = text.replace("user www-data;", "")
    (folder / "nginx.conf").write_text(text)
    return folder / "nginx.conf"


def make_certificate(folder: Path) -> None:
    """As the guide does until a real one is there."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", "/CN=petitions.example.org", "-keyout",
         folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


# --- Compose -------------------------------------------------------------------------------------


def test_the_image_has_the_python_that_the_code_is_written_for():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    images = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    assert {re.match(r"python:([\d.]+)-slim", image)[1] for image in images} == {
        wanted.removeprefix(">=")
    }


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is():
    text = DOCKERFILE.read_text(encoding="utf-8")
    stage = text.rpartition("FROM ")[2]
    (user,) = re.findall(r"^USER (\d+):\d+", stage, re.M)
    assert int(user) >= 10_000
    assert "HEALTHCHECK" in stage
    assert "ARG" not in text


def test_no_secret_can_slip_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {line[1:] for line in rules if line.startswith("!")}
    assert not allowed & {".env", "var", ".git", "tests"}
    assert "**/.env" in rules
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    assert set(copied) <= allowed | {"."}
    assert all((ROOT / path).exists() for path in allowed)


def test_the_clients_of_the_database_are_of_its_version():
    (server,) = re.findall(r"postgres:(\d+)-", SERVICES["database"]["image"])
    (client,) = re.findall(r"postgresql-client-(\d+)", DOCKERFILE.read_text(encoding="utf-8"))
    assert client == server


def test_the_tables_are_made_before_anything_needs_them():
    assert SERVICES["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    for name in ("web", "work"):
        waits_for = SERVICES[name]["depends_on"]["migrate"]["condition"]
        assert waits_for == "service_completed_successfully"
    assert SERVICES["proxy"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_only_the_proxy_is_reached_from_outside_and_only_it_and_the_worker_reach_out():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"proxy", "work"}
    assert compose()["networks"]["inside"]["internal"] is True


def test_keys_are_on_a_volume_that_neither_database_nor_proxy_sees():
    seen = {name for name, s in SERVICES.items() if any("keys:" in v for v in s["volumes"])}
    assert seen == {"migrate", "web", "work"}
    assert compose()["volumes"]["keys"] == {}


def test_no_secret_stands_in_the_file_and_the_database_gets_only_its_own():
    assert "env_file" not in SERVICES["database"]
    assert "env_file" not in SERVICES["proxy"]
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name:
                assert value.startswith("${"), name
            if name == "DATABASE_URL":
                assert ":${POSTGRES_PASSWORD:?" in value


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_says_how_it_is_and_can_gain_nothing(name):
    service = SERVICES[name]
    assert "healthcheck" in service or name == "web"  # the image's own
    assert "no-new-privileges:true" in service["security_opt"]
    if service.get("image") == "advocacy":
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_compose_understands_its_file(tmp_path):
    with_plugin = (
        subprocess.run(["docker", "compose", "version"], capture_output=True)
        if (shutil.which("docker"))
        else None
    )
    if with_plugin is None or with_plugin.returncode:
        pytest.skip("no docker compose")
    shutil.copytree(COMPOSE.parent, tmp_path / "compose")
    secrets = "SITE_URL=https://example.org\nPOSTGRES_PASSWORD=x\nSECRET_KEY=x\n"
    (tmp_path / "compose" / ".env").write_text(secrets)
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=tmp_path / "compose",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


# --- Alerts --------------------------------------------------------------------------------------


def alerts() -> list[dict]:
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def exposed() -> set[str]:
    """The names of all our numbers, as they are written in the code."""
    code = "\n".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in ("petitions/measured.py", "advocacy/traffic.py", "advocacy/metrics.py")
    )
    names = {f"{name}{end}" for name in re.findall(r'"(advocacy_\w+)"', code)
             for end in ("_total", "_bucket", "_sum", "_count")}  # fmt: skip
    gauges = re.findall(r'_(?:gauge|family)\(\s*"(\w+)"', code)
    return names | {f"advocacy_{name}" for name in gauges}


def test_every_alert_asks_for_a_number_that_there_is_and_says_what_to_do():
    for rule in alerts():
        named = set(re.findall(r"\badvocacy_\w+", rule["expr"]))
        assert named <= exposed(), rule["alert"]
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["to_do"]


def test_every_number_is_explained():
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in exposed()}
    assert [name for name in sorted(families) if name not in text] == []


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool")
def test_prometheus_understands_the_alerts():
    done = subprocess.run(
        ["promtool", "check", "rules", DEPLOY / "alerts.yml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
