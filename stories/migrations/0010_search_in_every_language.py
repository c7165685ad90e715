from importlib import import_module

from django.db import migrations, models

by_part = import_module("stories.migrations.0008_search_by_parts_on_sqlite")


class Migration(migrations.Migration):

    dependencies = [
        ("stories", "0009_translations"),
    ]

    operations = [
        # Django writes SQLite's table of entries afresh, and the triggers on it are lost.
        migrations.RunPython(by_part.drop, by_part.make),
        migrations.AddField(
            model_name="searchentry",
            name="is_translation",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.RemoveConstraint(
            model_name="searchentry",
            name="one_search_entry_a_row",
        ),
        migrations.AddConstraint(
            model_name="searchentry",
            constraint=models.UniqueConstraint(
                fields=("kind", "key", "language"), name="one_search_entry_a_row_and_language"
            ),
        ),
        migrations.RunPython(by_part.make, by_part.drop),
    ]
