"""Fixtures of the tests of the login."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.second_factor import PASSWORD, log_in, set_up


@pytest.fixture
def dora(db):
    return User.objects.create_user("dora", password=PASSWORD, is_staff=True)


@pytest.fixture
def factor(dora):
    """Return the key and the recovery codes of dora's second factor."""
    client = Client()
    log_in(client)
    return set_up(client)
