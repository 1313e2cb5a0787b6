"""What the tests of pages and bulk actions have in common: an object of each model, and a session for each role."""

from http.cookies import SimpleCookie

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.files import File
from django.test import Client
from django.utils import timezone

from importjobs import open_causes
from importjobs.background import documents
from importjobs.background.documents import DocumentText
from importjobs.files import imports
from importjobs.models import ChoiceRequest, FileImport, ImportItem, Rehearsal
from ordinavo.common.exports.models import Export
from ordinavo.common.files.storage import store
from targets import bulk_changes
from targets.models import Target
from tests.access import states
from tests.access.table import ANONYMOUS, EVERYBODY, NO_ROLE, NOT_STAFF, PASSWORD, SUPERUSER
from tests.factories import (
    ApiTokenFactory,
    BackgroundRunFactory,
    CustomFieldFactory,
    ImportJobFactory,
    SourceSystemFactory,
    StaffFactory,
    TargetFactory,
    TargetTemplateFactory,
)

CLIENT = Client(raise_request_exception=False)
STRICT_CLIENT = Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.fixture
def objects(api, erp, sessions):
    """Return the ids of objects by the names of their models, or by the names that the table gives them.

    The exports are those of the superuser.
    """
    api.post({"externalId": "DEL-7"})  # rejected, because a title is missing
    item = ImportItem.objects.get()
    paused = SourceSystemFactory(paused_at=timezone.now(), paused_reason="It moves.")
    imported = _checked_file(erp, job=ImportJobFactory(source_system=erp))
    checked = _checked_file(erp)
    token = ApiTokenFactory(name="Another", source_systems=[erp])
    return {
        "imported file's job": imported.job_id,
        "checked file": checked.pk,
        "rehearsal": checked.rehearsal_id,
        "auth.user": StaffFactory(username="somebody").pk,
        "auth.group": Group.objects.create(name="Some role").pk,
        "inbound.apitoken": token.pk,
        "auditlog.logentry": LogEntry.objects.filter(object_repr=erp.name).first().pk,
        "source system with a token": erp.pk,
        "targets.sourcesystem": SourceSystemFactory().pk,
        "paused source system": paused.pk,
        "targets.target": TargetFactory(source_system=erp).pk,
        "cancelled target": TargetFactory(source_system=erp, status="Cancelled").pk,
        "targets.bulkchange": _bulk_change(erp).pk,
        "prepared bulk change": _prepared_bulk_change(erp).pk,
        "importjobs.importjob": item.job_id,
        "waiting import job": BackgroundRunFactory(job__source_system=erp).job_id,
        "import job that was given up": BackgroundRunFactory(
            job__source_system=erp, job__status="Failed", job__failure="It failed.", job__finished_at=timezone.now()
        ).job_id,
        "importjobs.importitem": item.pk,
        "open cause": open_causes.open_causes(open_causes.Filter())[0].key,
        "choice request": ChoiceRequest.objects.create(
            field=CustomFieldFactory(type="choice", choices=["ramp"]),
            choice="crane",
            requested_by="dirk",
            requested_at=timezone.now(),
        ).pk,
        "templates.targettemplate": TargetTemplateFactory().pk,
        "exports.export": _export(status="Completed", finished_at=timezone.now(), file=store([b"x"], name="x.csv")).pk,
        "running export": _export().pk,
    }


@pytest.fixture
def sessions(db):
    """Return the id of a session for each role; that of the anonymous is empty."""
    return {role: "" if role == ANONYMOUS else _log_in(role) for role in sorted(EVERYBODY)}


@pytest.fixture
def ask(sessions):
    """Return a function that sends a request as a role, undoes it, and returns the answer and whether data changed."""
    before = states.stored()

    def send(role, method, path, data=None, checks_csrf=False):
        client = STRICT_CLIENT if checks_csrf else CLIENT
        client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: sessions[role]} if sessions[role] else {})
        for value in (data or {}).values():
            if isinstance(value, File):
                value.seek(0)  # another role may have sent it before
        with states.undone():
            answer = getattr(client, method.lower())(path, data)
            if answer.streaming:
                answer.getvalue()  # reads and closes the file
            return answer, states.stored() != before

    return send


def _checked_file(erp, **values):
    rehearsal = Rehearsal.objects.create(
        source_system=erp, operation="upsert", status="Completed", total_items=1, created_items=1,
        created_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip
    file_import = imports.create(
        origin="upload", source_system=erp, file=imports.store_file([b"Nr\nA1\n"], name="orders.csv"),
        operation="upsert", template_key="", created_by="somebody",
    )  # fmt: skip
    values |= {"rehearsal": rehearsal, "documents": documents.store([DocumentText("A1", b"{}")], defaults={})}
    FileImport.objects.filter(pk=file_import.pk).update(**values)
    file_import.refresh_from_db()
    return file_import


def _prepared_bulk_change(erp):
    target = TargetFactory(source_system=erp)
    return bulk_changes.prepare(action="cancel", targets=Target.objects.filter(pk=target.pk), by="somebody")


def _bulk_change(erp):
    change = bulk_changes.apply(change=_prepared_bulk_change(erp), parameters={}, reason="Storm", by="somebody")
    change.unchanged = {"locked": [TargetFactory(source_system=erp).pk]}
    change.save()
    return change


def _export(**values):
    owner = User.objects.get(username=SUPERUSER)
    return Export.objects.create(owner=owner, model="targets.Target", format="csv", language="en", **values)


def _log_in(role):
    has_group = role not in (NOT_STAFF, NO_ROLE, SUPERUSER)
    user = StaffFactory(
        username=role.replace(" ", "-"),
        is_superuser=role == SUPERUSER,
        is_staff=role != NOT_STAFF,
        in_group=role if has_group else None,
    )
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
