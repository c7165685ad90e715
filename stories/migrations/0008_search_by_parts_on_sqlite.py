from django.db import migrations

# Of every three letters, where they stand. The texts themselves stay in the table of entries.
# Whoever changes that table later on SQLite makes the triggers anew: Django writes it afresh.
MAKE = [
    """
    CREATE VIRTUAL TABLE search_by_part USING fts5(
        folded, content='stories_searchentry', content_rowid='id', columnsize=0,
        tokenize='trigram case_sensitive 1'
    )
    """,
    """
    CREATE TRIGGER search_entry_written AFTER INSERT ON stories_searchentry BEGIN
        INSERT INTO search_by_part(rowid, folded) VALUES (new.id, new.folded);
    END
    """,
    """
    CREATE TRIGGER search_entry_gone AFTER DELETE ON stories_searchentry BEGIN
        INSERT INTO search_by_part(search_by_part, rowid, folded)
        VALUES ('delete', old.id, old.folded);
    END
    """,
    """
    CREATE TRIGGER search_entry_changed AFTER UPDATE OF id, folded ON stories_searchentry BEGIN
        INSERT INTO search_by_part(search_by_part, rowid, folded)
        VALUES ('delete', old.id, old.folded);
        INSERT INTO search_by_part(rowid, folded) VALUES (new.id, new.folded);
    END
    """,
    "INSERT INTO search_by_part(search_by_part) VALUES ('rebuild')",
]
DROP = [
    "DROP TRIGGER search_entry_written",
    "DROP TRIGGER search_entry_gone",
    "DROP TRIGGER search_entry_changed",
    "DROP TABLE search_by_part",
]


def make(apps, schema_editor):
    """PostgreSQL has its own indexes since 0006."""
    run(schema_editor, MAKE)


def drop(apps, schema_editor):
    """Back to reading all texts."""
    run(schema_editor, DROP)


def run(schema_editor, statements):
    if schema_editor.connection.vendor == "sqlite":
        for statement in statements:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0007_more_of_what_is_known'),
    ]

    operations = [migrations.RunPython(make, drop)]
