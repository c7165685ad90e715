"""The map: every country that we may write about can be found on it, once."""

import re

import pytest

from stories import countries, worldmap

# Rocks and stations where nobody lives, so nobody is persecuted there.
UNINHABITED = {"AQ", "BV", "HM", "TF", "UM", "GS", "IO"}


def test_every_country_has_a_shape_or_a_dot():
    drawn = worldmap.country_shapes().keys() | worldmap.country_dots().keys()
    assert {code for code, _ in countries.choices()} - drawn <= UNINHABITED


def test_nothing_is_drawn_that_has_no_name():
    drawn = worldmap.country_shapes().keys() | worldmap.country_dots().keys()
    assert drawn <= {code for code, _ in countries.choices()}


def test_no_two_countries_have_one_shape():
    shapes = list(worldmap.country_shapes().values())
    assert len(set(shapes)) == len(shapes)
    assert worldmap.rest_of_world() not in shapes


def test_every_dot_lies_on_the_map():
    left, top, width, height = map(float, worldmap.view_box().split())
    for x, y in worldmap.country_dots().values():
        assert left <= x <= width
        assert top <= y <= height


@pytest.mark.parametrize("code", ["IR", "RU", "HN", "MM", "BD", "US", "SG"])
def test_shapes_are_paths_and_nothing_else(code):
    shape = worldmap.country_shapes().get(code, "M0 0")
    assert re.fullmatch(r"M[MmLlHhVvZz0-9 .,-]+", shape)


def test_whoever_changes_what_they_were_given_changes_nothing_for_others():
    worldmap.country_shapes().clear()
    worldmap.country_dots().clear()
    assert worldmap.country_shapes()
    assert worldmap.country_dots()
