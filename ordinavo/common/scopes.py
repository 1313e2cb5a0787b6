"""The scopes of API tokens."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """A right of an API token. Each endpoint requires exactly one. The label is what the admin shows."""

    TARGETS_WRITE = "inbound.targets.write", _("Import targets one at a time")
    BATCH_WRITE = "inbound.targets.batch.write", _("Import targets in batches")
    IMPORT_JOBS_READ = "import_jobs.read", _("Read import jobs")
    TARGETS_READ = "targets.read", _("Read targets")
    TEMPLATES_READ = "templates.read", _("Read templates and their schemas")
    HEALTH_READ = "integration.health.read", _("Ask whether the service is up")
    METRICS_READ = "metrics.read", _("Read the metrics of all source systems (for Prometheus)")
