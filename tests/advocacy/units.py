"""Our unit files, nginx's and compose's configuration, read as the programs read them."""

import re
import shlex
from pathlib import Path

import yaml

from tests.advocacy.programs import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NGINX = DEPLOY / "nginx" / "nginx.conf"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
DOCKERFILE = DEPLOY / "compose" / "Dockerfile"


def directives(unit: Path) -> dict[str, str]:
    """What a unit says, the last word of each directive."""
    lines = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line]
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def command(unit: Path) -> list[str]:
    """What a unit starts, as words."""
    return shlex.split(directives(unit)["ExecStart"])


def environment_of(file: Path) -> dict[str, str]:
    """An EnvironmentFile as systemd reads it: quotes are taken off."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line)]
    return {name: "".join(shlex.split(value)) for name, value in pairs}


def compose() -> dict:
    """compose.yaml, with its anchors and merges resolved."""
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
