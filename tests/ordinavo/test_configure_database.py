"""The command that stores session settings for a service behind a pooler, and the check that asks for them."""

import os
import subprocess
import sys
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings

from tests.servers import database_url, fresh_database

STORED = "SELECT setconfig FROM pg_db_role_setting JOIN pg_database AS d ON d.oid = setdatabase WHERE datname = %s"


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database() as name:
        yield name


def manage(*arguments, **service):
    return run("manage.py", *arguments, **service)


def run(*arguments, database, pooler="session", options=""):
    """Run Python with the settings of a service on a database."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "ordinavo.settings",
        "DATABASE_URL": f"{database_url(database)}?options={quote(options)}",
        "DATABASE_POOLER": pooler,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def stored(database):
    given = settings.DATABASES["default"]
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    where = {name: given.get(key) or None for name, key in names.items()}
    with psycopg.connect(dbname=database, **where) as session:
        return [setting for (settings,) in session.execute(STORED, [database]) for setting in settings]


def test_the_settings_are_stored_for_the_role_in_this_database(database):
    done = manage("configure_database", database=database)
    assert f"in database {database}:\n  statement_timeout=30s\n" in done.stdout
    assert "run RECONNECT in its console" in done.stdout
    assert {"statement_timeout=30s", "plan_cache_mode=force_generic_plan", "jit=off"} <= set(stored(database))


def test_storing_the_settings_can_be_repeated(database):
    first, again = (manage("configure_database", database=database) for _ in range(2))
    assert (again.returncode, again.stdout) == (0, first.stdout)


@pytest.mark.parametrize(("pooler", "expected"), [("session", False), ("transaction", True)])
def test_sequential_scans_are_switched_off_for_transaction_mode_only(database, pooler, expected):
    manage("configure_database", database=database, pooler=pooler)
    assert ("enable_seqscan=off" in stored(database)) == expected


def test_options_of_the_database_url_are_stored_in_place_of_the_defaults(database):
    options = r"-c lock_timeout=7s --search_path=public,\ pg_catalog"
    manage("configure_database", database=database, options=options)
    assert {"lock_timeout=7s", "search_path=public, pg_catalog"} <= set(stored(database))
    done = manage("check", "--database", "default", database=database, options=options)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_stored_without_a_pooler(database):
    done = manage("configure_database", database=database, pooler="")
    assert done.returncode == 1
    assert "Set DATABASE_POOLER to session or transaction first." in done.stderr
    assert stored(database) == []


def test_storing_for_an_unknown_role_is_refused(database):
    done = manage("configure_database", "--role", "nobody_here", database=database)
    assert done.returncode == 1
    assert 'role "nobody_here" does not exist' in done.stderr


def test_the_check_names_each_setting_that_is_missing(database):
    manage("configure_database", database=database)
    done = manage("check", "--database", "default", database=database, options="-c lock_timeout=7s")
    assert done.returncode == 1
    assert "Sessions of the database lack lock_timeout=7s." in done.stderr
    assert "Run 'manage.py configure_database' over a direct connection to PostgreSQL" in done.stderr


def test_the_server_does_not_start_before_the_settings_are_stored(database):
    refused = run("-c", "import ordinavo.wsgi", database=database)
    assert refused.returncode == 1
    assert "Sessions of the database lack " in refused.stderr
    manage("configure_database", database=database)
    assert run("-c", "import ordinavo.wsgi", database=database).returncode == 0


def test_without_a_pooler_the_settings_are_in_force_and_nothing_is_stored(database):
    done = manage("check", "--database", "default", database=database, pooler="")
    assert (done.returncode, done.stderr) == (0, "")
    assert stored(database) == []
