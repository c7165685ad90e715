"""What search looks through: the words of each public row, in one table.

It says nothing of its own: `search.py` writes it from the rows and can do so anew at any time.
"""

from django.db import models


class FoldedField(models.TextField):
    """Folded text; see `folding.py`."""


@FoldedField.register_lookup
class HasWord(models.Lookup):
    """Whether a word begins with a term, which is letters and digits only."""

    lookup_name = "has_word"

    def as_sql(self, compiler, connection):
        """Anywhere after a space."""
        text, parameters = self.process_lhs(compiler, connection)
        return f"{text} LIKE %s", [*parameters, f"% {self.rhs}%"]

    def as_postgresql(self, compiler, connection):
        """By the index of words, which need not read the texts that it finds."""
        text, parameters = self.process_lhs(compiler, connection)
        # Without the SELECT, PostgreSQL would know the word when it plans, and for a word of many
        # texts rather take each text apart (it thinks to_tsvector cheap) than ask the index.
        sql = f"to_tsvector('simple', {text}) @@ (SELECT %s::tsquery)"
        return sql, [*parameters, f"'{self.rhs}':*"]


class SearchEntry(models.Model):
    """A public row in words: as they are shown, and folded, as they are compared."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    language = models.CharField(max_length=12)
    title = models.TextField()
    summary = models.TextField(blank=True)
    text = models.TextField(blank=True)
    folded_title = FoldedField()
    folded_summary = FoldedField()
    folded = FoldedField()  # title, summary and text
    published_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_search_entry_a_row")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
