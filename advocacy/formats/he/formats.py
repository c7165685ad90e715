"""Thousands are grouped; “since” takes an article before a day."""

NUMBER_GROUPING = 3
SINCE_DAY_FORMAT = "ה־j בF Y"
