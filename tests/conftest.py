"""Fixtures for all tests, and the plugins of the test run."""

from contextlib import ExitStack, contextmanager
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.test import Client

from tests import parallel
from tests.api import Api
from tests.factories import (
    ApiTokenFactory,
    CustomFieldFactory,
    SourceSystemFactory,
    StaffFactory,
    TargetTemplateFactory,
)
from tests.progress import Progress
from tests.servers import demo_database, fresh_server


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """Report progress in words, but not in the workers of pytest-xdist, and not with `-v` or `-qq`."""
    config.pluginmanager.register(parallel, "distribution over workers")
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and not hasattr(config, "workerinput") and config.get_verbosity() in (-1, 0):
        terminal.showfspath = False
        config.pluginmanager.register(Progress(terminal), "progress in words")


@receiver(post_migrate, sender=apps.get_app_config("auth"))
def restore_roles(**kwargs):
    """Make the roles again that migrations made, because a test that commits empties all tables at its end.

    Django sends post_migrate after it has emptied the tables, for each app with models.
    """
    import_module("ordinavo.migrations.0001_roles").make_roles(apps, None)
    import_module("ordinavo.migrations.0003_roles_for_files").add_permissions(apps, None)
    import_module("ordinavo.migrations.0004_change_log").add_permission(apps, None)
    import_module("ordinavo.migrations.0005_roles_for_rejections").add_permissions(apps, None)


@receiver(post_migrate, sender=apps.get_app_config("procrastinate"))
def empty_queue(**kwargs):
    """Empty the tables of the queue, too, at the end of a test that commits. Django empties only managed ones."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


@pytest.fixture
def delivery_stop(db):
    """Return the template `delivery_stop` of the documented examples."""
    template = TargetTemplateFactory(key="delivery_stop")
    for key, kind in {
        "delivery_weight_kg": "decimal",
        "package_count": "integer",
        "temperature_sensitive": "boolean",
        "delivery_note": "text",
    }.items():
        CustomFieldFactory(template=template, key=key, type=kind)
    return template


@pytest.fixture
def erp(db):
    """Return the source system of the documented examples."""
    return SourceSystemFactory(key="logistics_erp")


@pytest.fixture
def token(erp):
    """Return an API token with all scopes for `erp`."""
    return ApiTokenFactory(name="ERP nightly push", source_systems=[erp])


@pytest.fixture
def api(token):
    """Return a client of the API with `token`."""
    return Api(token)


@pytest.fixture
def staff(db):
    """Return a browser in which the superuser `dora` is logged in."""
    client = Client()
    client.force_login(StaffFactory(username="dora"))
    return client


@pytest.fixture(scope="session")
def demo_template(django_db_setup, django_db_blocker):
    """Return a database with the demo data, which is made for the first test that asks for it."""
    with ExitStack() as database:
        with django_db_blocker.unblock():
            template = database.enter_context(demo_database())
        yield template


@pytest.fixture(scope="session")
def start_server(demo_template, django_db_blocker):
    """Return a context manager that starts a server with the given environment variables.

    Each server has a copy of one database with the demo data.
    """

    @contextmanager
    def start(**environment):
        with ExitStack() as server:
            with django_db_blocker.unblock():
                started = server.enter_context(fresh_server(demo_template, **environment))
            yield started

    return start
