from django.db import migrations

# To look whether a petition is there, PostgreSQL's foreign keys lock its row for each signature and
# each confirmation, and write to it who has: one row that all signers of a petition share, a
# MultiXact for every two that meet, and a seventh of what one machine can take. So here the
# statement that signs looks by itself (petitions/signing.py), and whoever deletes a petition, which
# is rare, has to wait for those who sign.
#
# What was signed before is looked for without keeping anybody waiting. Then nobody may sign for as
# long as it takes to look at the newest rows, among which are all that were being written.
FUNCTION = """
CREATE OR REPLACE FUNCTION petitions_keep_what_was_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest bigint := coalesce((SELECT max(id) FROM petitions_signature), 0);
BEGIN
    IF NOT EXISTS (SELECT FROM petitions_ledgerentry WHERE petition_id = OLD.id)
       AND NOT EXISTS (SELECT FROM petitions_signature WHERE petition_id = OLD.id)
    THEN
        LOCK TABLE petitions_signature, petitions_letter IN SHARE ROW EXCLUSIVE MODE;
        IF NOT EXISTS (SELECT FROM petitions_letter WHERE petition_id = OLD.id)
           AND NOT EXISTS (SELECT FROM petitions_signature
                            WHERE petition_id = OLD.id AND id > newest - 100000)
        THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE foreign_key_violation USING MESSAGE = 'Somebody has signed this petition.';
END
$$
"""
TRIGGER = """
CREATE TRIGGER a_petition_that_somebody_has_signed_stays BEFORE DELETE ON petitions_petition
   FOR EACH ROW EXECUTE FUNCTION petitions_keep_what_was_signed()
"""
NO_TRIGGER = "DROP TRIGGER a_petition_that_somebody_has_signed_stays ON petitions_petition"
NO_FUNCTION = "DROP FUNCTION petitions_keep_what_was_signed()"
MODELS = ("signature", "letter", "ledgerentry")


def look_at_deletions_only(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return  # SQLite has one writer at a time and locks no rows
    schema_editor.execute(FUNCTION)
    schema_editor.execute(TRIGGER)
    for name in MODELS:
        model = apps.get_model("petitions", name)
        for constraint in foreign_keys_to_petition(schema_editor, model):
            schema_editor.execute(schema_editor._delete_fk_sql(model, constraint))


def look_at_every_signature(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in MODELS:
        model = apps.get_model("petitions", name)
        field = model._meta.get_field("petition")
        suffix = "_fk_%(to_table)s_%(to_column)s"
        schema_editor.execute(schema_editor._create_fk_sql(model, field, suffix))
    schema_editor.execute(NO_TRIGGER)
    schema_editor.execute(NO_FUNCTION)


def foreign_keys_to_petition(schema_editor, model):
    return schema_editor._constraint_names(model, ["petition_id"], foreign_key=True)


class Migration(migrations.Migration):
    dependencies = [("petitions", "0005_switches")]

    operations = [migrations.RunPython(look_at_deletions_only, look_at_every_signature)]
