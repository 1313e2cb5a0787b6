"""The functions that the targets app registers for templates."""

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError

from templates.field_types import FIELD_TYPES
from templates.hooks import HookRegistry
from templates.models import CustomField, TargetTemplate


def test_a_missing_registration_is_reported_with_its_remedy():
    with pytest.raises(ImproperlyConfigured, match="Add targets to INSTALLED_APPS"):
        HookRegistry().get()


def test_the_targets_app_checks_the_defaults_of_a_template():
    with pytest.raises(ValidationError, match="planing is not known"):
        TargetTemplate(defaults={"planing": {}}).clean()


def test_every_type_of_custom_field_can_be_read():
    assert set(FIELD_TYPES) == set(CustomField.Type.values)
