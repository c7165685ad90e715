"""No migration takes away what the code that still serves needs: see docs/upgrading.md."""

import pytest
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, Migration, RemoveField
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

# From before the first release: there was no code that they could have broken, and no rows.
BEFORE_THE_FIRST_RELEASE = "no site ran yet"
# What each may do all the same, and why. Nothing newer comes in here without a reason of its own.
LET_THROUGH = {
    ("petitions", "0002_safer_signing"): BEFORE_THE_FIRST_RELEASE,
    ("petitions", "0003_visibility_and_withdrawal"): BEFORE_THE_FIRST_RELEASE,
    ("petitions", "0004_fewer_indexes"): BEFORE_THE_FIRST_RELEASE,
    ("stories", "0002_numbers_with_memory"): BEFORE_THE_FIRST_RELEASE,
    ("stories", "0004_photos"): BEFORE_THE_FIRST_RELEASE,
    ("stories", "0007_more_of_what_is_known"): BEFORE_THE_FIRST_RELEASE,
    ("stories", "0010_search_in_every_language"): BEFORE_THE_FIRST_RELEASE,
}


class Judge(MigrationLinter):
    """The linter, asked for words and not for a printout."""

    def __init__(self) -> None:
        super().__init__(no_cache=True, no_output=True, quiet=["ok", "warning", "error"])

    def faults(self, app: str, name: str) -> list[str]:
        """What one migration would do to the code before it, or to whoever signs meanwhile."""
        sql = self.get_sql(app, name)
        errors, _ignored, warnings = analyse_sql_statements(self.sql_analyser_class, sql, [])
        return [issue.message for issue in (*errors, *warnings)]


def ours() -> list[tuple[str, str]]:
    """Every migration of our own apps."""
    nodes = Judge().migration_loader.graph.nodes
    return sorted(node for node in nodes if node[0] in ("petitions", "stories"))


def test_no_migration_breaks_the_code_that_still_serves():
    judge = Judge()
    found = {node: judge.faults(*node) for node in ours() if node not in LET_THROUGH}
    assert {node: faults for node, faults in found.items() if faults} == {}


def test_nothing_is_let_through_that_needs_no_mercy():
    judge = Judge()
    assert [node for node in LET_THROUGH if not judge.faults(*node)] == []


def sql_of(operation) -> list[str]:
    """What PostgreSQL would be told."""
    migration = Migration("0099_x", "petitions")
    migration.operations = [operation]
    state = MigrationLinter(no_cache=True, no_output=True).migration_loader.project_state()
    with connection.schema_editor(collect_sql=True, atomic=True) as editor:
        migration.apply(state, editor, collect_sql=True)
    return editor.collected_sql


@pytest.mark.parametrize(
    ("operation", "words"),
    [(RemoveField("petition", "occasion"), "DROPPING columns"),
     (AddField("petition", "wanted", models.IntegerField(default=1)), "NOT NULL"),
     (AddConstraint("petition", models.UniqueConstraint(fields=["title"], name="x")), "unique")]
)  # fmt: skip
def test_what_breaks_older_code_is_noticed(operation, words):
    errors, _, warnings = analyse_sql_statements(Judge().sql_analyser_class, sql_of(operation), [])
    assert any(words in issue.message for issue in (*errors, *warnings))


@pytest.mark.parametrize(
    "operation",
    [AddField("petition", "note", models.TextField(null=True)),
     AddField("petition", "wanted", models.IntegerField(db_default=1))]
)  # fmt: skip
def test_what_older_code_does_not_notice_may_be_done(operation):
    errors, _, warnings = analyse_sql_statements(Judge().sql_analyser_class, sql_of(operation), [])
    assert [issue.message for issue in (*errors, *warnings)] == []
