from django.db import models


class Scope(models.TextChoices):
    """What a token may do. One scope guards one group of endpoints."""

    TARGETS_WRITE = "inbound.targets.write", "Import targets one at a time"
    IMPORT_JOBS_READ = "import_jobs.read", "Read import jobs"
    TARGETS_READ = "targets.read", "Read targets"
    HEALTH_READ = "integration.health.read", "Ask whether the service is up"
