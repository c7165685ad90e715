"""A day stands before its month in the genitive; a sentence may end with a year."""

DATE_FORMAT = "j E Y"
MONTH_DAY_FORMAT = "j E"
YEAR_MONTH_FORMAT = "E Y"
DATETIME_FORMAT = "j E Y, H:i"
