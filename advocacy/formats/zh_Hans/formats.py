"""Thousands are grouped, months have no zero before them."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
MONTH_DAY_FORMAT = "n月j日"
YEAR_FORMAT = "Y年"
