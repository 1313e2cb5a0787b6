import pytest
from django.test import Client

from tests.api import Api
from tests.factories import (
    ApiTokenFactory,
    CustomFieldFactory,
    SourceSystemFactory,
    StaffFactory,
    TargetTemplateFactory,
)


@pytest.fixture
def delivery_stop(db):
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
    return SourceSystemFactory(key="logistics_erp")


@pytest.fixture
def token(erp):
    return ApiTokenFactory(name="ERP nightly push", source_systems=[erp])


@pytest.fixture
def api(token):
    return Api(token)


@pytest.fixture
def staff(db):
    client = Client()
    client.force_login(StaffFactory(username="dora"))
    return client
