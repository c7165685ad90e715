"""The world map as SVG path data, drawn beforehand by scripts/draw_world.py."""

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

WORLD = Path(__file__).resolve().with_name("world.json")


class World(TypedDict):
    """What world.json holds; countries and dots are keyed by ISO 3166-1 alpha-2 code."""

    width: int
    height: int
    countries: dict[str, str]
    dots: dict[str, tuple[float, float]]
    rest: str


@cache
def _world() -> World:
    """Return the map, read from disk once per process."""
    world: World = json.loads(WORLD.read_text(encoding="utf-8"))
    # JSON has no tuples.
    world["dots"] = {code: (x, y) for code, (x, y) in world["dots"].items()}
    return world


def country_shapes() -> dict[str, str]:
    """Return the path of every country large enough to have an outline, by its code."""
    return dict(_world()["countries"])


def country_dots() -> dict[str, tuple[float, float]]:
    """Return the centre of every country too small to be seen, which may have no outline."""
    return dict(_world()["dots"])


def view_box() -> str:
    """Return the value of the map's viewBox attribute."""
    return f"0 0 {_world()['width']} {_world()['height']}"


def rest_of_world() -> str:
    """Return the path of the land that has no country code of its own."""
    return _world()["rest"]
