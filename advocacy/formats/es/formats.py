"""“Since” takes an article before a day."""

SINCE_DAY_FORMAT = r"\e\l j \d\e F \d\e Y"
