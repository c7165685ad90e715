"""What search looks through: the words of each public row in each language, in one table.

It says nothing of its own: `search.py` writes it from the rows and can do so anew at any time.
"""

from django.db import connection, models

FEWEST_LETTERS = 3  # that SQLite's index knows


class FoldedField(models.TextField):
    """Folded text; see `folding.py`."""


@FoldedField.register_lookup
class HasPart(models.Lookup):
    """Whether a text has a term in it, which is letters, digits and spaces only."""

    lookup_name = "has_part"

    @property
    def term(self) -> str:
        """What is looked for, letter by letter."""
        return self.rhs

    def as_sql(self, compiler, connection):
        """By reading the text; PostgreSQL has an index of three letters for this."""
        text, parameters = self.process_lhs(compiler, connection)
        return f"{text} LIKE %s", [*parameters, f"%{self.term}%"]

    def as_sqlite(self, compiler, connection):
        """By the index of three letters, if there are three."""
        if len(self.term) < FEWEST_LETTERS:
            return self.as_sql(compiler, connection)
        key = f"{compiler.quote_name_unless_alias(self.lhs.alias)}.id"
        found = "SELECT rowid FROM search_by_part WHERE search_by_part MATCH %s"
        return f"{key} IN ({found})", [f'"{self.term}"']


@FoldedField.register_lookup
class HasWord(HasPart):
    """Whether a word begins with a term, which is letters and digits only."""

    lookup_name = "has_word"

    @property
    def term(self) -> str:
        """Anywhere after a space."""
        return f" {self.rhs}"

    def as_postgresql(self, compiler, connection):
        """By the index of words, which need not read the texts that it finds."""
        text, parameters = self.process_lhs(compiler, connection)
        # Without the SELECT, PostgreSQL would know the word when it plans, and for a word of many
        # texts rather take each text apart (it thinks to_tsvector cheap) than ask the index.
        sql = f"to_tsvector('simple', {text}) @@ (SELECT %s::tsquery)"
        return sql, [*parameters, f"'{self.rhs}':*"]


class SearchEntryQuerySet(models.QuerySet):
    """Entries, and what their index remembers."""

    def compact(self) -> None:
        """Let SQLite's index forget what is in no entry any more; PostgreSQL's vacuum does so."""
        if connection.vendor == "sqlite":
            # What is deleted there is only marked until all its pieces are written as one.
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO search_by_part(search_by_part) VALUES ('optimize')")


class SearchEntry(models.Model):
    """A public row in the words of one language: as they are shown, and folded, to be compared."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    language = models.CharField(max_length=12)
    is_translation = models.BooleanField(default=False, db_default=False)
    title = models.TextField()
    summary = models.TextField(blank=True)
    text = models.TextField(blank=True)
    folded_title = FoldedField()
    folded_summary = FoldedField()
    folded = FoldedField()  # title, summary and text
    published_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=32)

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key", "language"], name="one_search_entry_a_row_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.language}"
