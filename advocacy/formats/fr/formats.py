"""“Since” takes an article before a day; `stories/figures.py` writes the first of a month, 1er."""

SINCE_DAY_FORMAT = r"\l\e j F Y"
