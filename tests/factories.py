"""Create database rows for tests, with defaults for what a test does not care about."""

from datetime import timedelta

import factory
from django.contrib.auth.models import Group, User
from django.utils import timezone
from factory.django import DjangoModelFactory

from importjobs.background import documents
from importjobs.background.documents import DocumentText
from importjobs.models import BackgroundRun, ImportJob
from inbound.models import ApiToken
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem, Target
from templates.models import CustomField, TargetTemplate


class TargetTemplateFactory(DjangoModelFactory):
    """A target template without custom fields."""

    class Meta:
        model = TargetTemplate

    key = factory.Sequence(lambda n: f"template_{n}")
    name = factory.LazyAttribute(lambda template: template.key.title())


class CustomFieldFactory(DjangoModelFactory):
    """A custom field, with a template of its own unless one is given."""

    class Meta:
        model = CustomField

    template = factory.SubFactory(TargetTemplateFactory)
    key = factory.Sequence(lambda n: f"field_{n}")
    label = factory.LazyAttribute(lambda field: field.key.title())


class SourceSystemFactory(DjangoModelFactory):
    """A source system without a default template."""

    class Meta:
        model = SourceSystem

    key = factory.Sequence(lambda n: f"erp_{n}")
    name = factory.LazyAttribute(lambda system: system.key.upper())


class TargetFactory(DjangoModelFactory):
    """A target with a title only, with a source system of its own unless one is given."""

    class Meta:
        model = Target

    source_system = factory.SubFactory(SourceSystemFactory)
    external_id = factory.Sequence(lambda n: f"DEL-{n}")
    title = "Delivery to somebody"


class ImportJobFactory(DjangoModelFactory):
    """A completed import job of one created target, without its item. `created_at` is when it was received."""

    class Meta:
        model = ImportJob

    source_system = factory.SubFactory(SourceSystemFactory)
    operation = "upsert"
    status = ImportJob.Status.COMPLETED
    total_items = 1
    created_items = 1
    created_at = factory.LazyFunction(timezone.now)
    finished_at = factory.SelfAttribute("created_at")


class BackgroundRunFactory(DjangoModelFactory):
    """The run of a Pending import job of one target, with its stored documents."""

    class Meta:
        model = BackgroundRun

    job = factory.SubFactory(
        ImportJobFactory, status=ImportJob.Status.PENDING, created_items=0, finished_at=None, batch_id=""
    )
    documents = factory.LazyFunction(
        lambda: documents.store([DocumentText("DEL-1", b'{"externalId": "DEL-1", "title": "A"}')], defaults={})
    )


class ApiTokenFactory(DjangoModelFactory):
    """An API token with all scopes that expires in 30 days. `source_systems` lists the systems it may write to."""

    class Meta:
        model = ApiToken
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"token {n}")
    scopes = factory.LazyFunction(lambda: list(Scope.values))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))

    @factory.post_generation
    def source_systems(self, create, extracted, **kwargs):
        self.source_systems.set(extracted or [])


class StaffFactory(DjangoModelFactory):
    """A user of the admin: a superuser unless `is_superuser=False`. `in_group` names the role to add."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    is_staff = True
    is_superuser = True

    @factory.post_generation
    def in_group(self, create, extracted, **kwargs):
        if extracted:
            self.groups.add(Group.objects.get(name=extracted))
