from django.db import migrations

# Each row is changed twice soon after it was written, by the letter and by the button. With room
# beside it on its page PostgreSQL changes it there and leaves the indexes alone (HOT updates).
ROOM = "ALTER TABLE petitions_signature SET (fillfactor = 80)"
NO_ROOM = "ALTER TABLE petitions_signature RESET (fillfactor)"


def on_postgresql(statement):
    """An operation that other databases have no use for."""

    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("petitions", "0003_visibility_and_withdrawal")]

    operations = [
        migrations.RemoveIndex(model_name="signature", name="pending_by_day"),
        migrations.RunPython(on_postgresql(ROOM), on_postgresql(NO_ROOM)),
    ]
