"""The CLDR's marks; the figures themselves are Persian by `stories/figures.py`."""

DECIMAL_SEPARATOR = "٫"
THOUSAND_SEPARATOR = "٬"
NUMBER_GROUPING = 3
