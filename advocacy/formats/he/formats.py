"""Thousands are grouped."""

NUMBER_GROUPING = 3
