"""The table of Django's database cache, which counts wrong codes of the second factor."""

from django.db import migrations

_CREATE = """
CREATE TABLE ordinavo_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX ordinavo_cache_expires ON ordinavo_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("ordinavo", "0001_roles")]
    operations = [migrations.RunSQL(_CREATE, "DROP TABLE ordinavo_cache")]
