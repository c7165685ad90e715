"""A day stands before its month in the genitive, a month alone in the nominative: с марта 2026."""

DATE_FORMAT = "j E Y"
MONTH_DAY_FORMAT = "j E"
YEAR_MONTH_FORMAT = "F Y"
SINCE_MONTH_FORMAT = "E Y"
SINCE_YEAR_FORMAT = "Y года"
DATETIME_FORMAT = "j E Y, H:i"
