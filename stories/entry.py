"""What search looks through: the words of each public row in each language, in one table.

It says nothing of its own: `search.py` writes it from the rows and can do so anew at any time.
"""

from django.db import connection, models

FEWEST_LETTERS = 3  # that SQLite's index knows


class FoldedField(models.TextField):
    """Folded text; see `folding.py`."""


@FoldedField.register_lookup
class Holds(models.Lookup):
    """Whether a text has all of some terms in it; see `folding.terms`.

    They are letters, digits and spaces only, so they need no quoting.
    """

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        """By reading the text."""
        return self._together([self._part(term, compiler, connection) for term in self.rhs])

    def as_sqlite(self, compiler, connection):
        """By the index of three letters; what is shorter, by reading."""
        indexed = [term for term in self.rhs if len(term) >= FEWEST_LETTERS]
        shorter = [term for term in self.rhs if len(term) < FEWEST_LETTERS]
        conditions = [self._part(term, compiler, connection) for term in shorter]
        if indexed:
            # In one question, so that a rare term spares the index the frequent ones.
            key = f"{compiler.quote_name_unless_alias(self.lhs.alias)}.id"
            found = "SELECT rowid FROM search_by_part WHERE search_by_part MATCH %s"
            words = " AND ".join(f'"{term}"' for term in indexed)
            conditions.append((f"{key} IN ({found})", [words]))
        return self._together(conditions)

    def as_postgresql(self, compiler, connection):
        """A word by the index of words, other terms by the one of three letters."""
        return self._together(
            [
                self._word(term.strip(), compiler, connection)
                if term.startswith(" ") and " " not in term.strip()
                else self._part(term, compiler, connection)
                for term in self.rhs
            ]
        )

    def _part(self, term, compiler, connection):
        text, parameters = self.process_lhs(compiler, connection)
        return f"{text} LIKE %s", [*parameters, f"%{term}%"]

    def _word(self, word, compiler, connection):
        # The index need not read the texts that it finds.
        text, parameters = self.process_lhs(compiler, connection)
        # Without the SELECT, PostgreSQL would know the word when it plans, and for a word of many
        # texts rather take each text apart (it thinks to_tsvector cheap) than ask the index.
        sql = f"to_tsvector('simple', {text}) @@ (SELECT %s::tsquery)"
        return sql, [*parameters, f"'{word}':*"]

    def _together(self, conditions):
        sqls, parameters = zip(*conditions, strict=True)
        return f"({' AND '.join(sqls)})", [value for some in parameters for value in some]


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
