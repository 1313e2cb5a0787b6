"""Models of the product's tables, as a plain project would declare them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Template(models.Model):
    key = models.CharField(max_length=64)
    active = models.BooleanField()

    class Meta:
        managed = False
        db_table = "templates_targettemplate"


class CustomField(models.Model):
    template = models.ForeignKey(Template, models.CASCADE, related_name="fields")
    key = models.CharField(max_length=64)
    type = models.CharField(max_length=8)
    required = models.BooleanField()
    active = models.BooleanField()
    choices = ArrayField(models.CharField(max_length=255))

    class Meta:
        managed = False
        db_table = "templates_customfield"


class SourceSystem(models.Model):
    key = models.CharField(max_length=64)
    active = models.BooleanField()

    class Meta:
        managed = False
        db_table = "targets_sourcesystem"


class ApiToken(models.Model):
    name = models.CharField(max_length=255)
    jti = models.UUIDField()
    scopes = ArrayField(models.CharField(max_length=64))
    source_systems = models.ManyToManyField(SourceSystem, through="TokenSystem")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "inbound_apitoken"


class TokenSystem(models.Model):
    apitoken = models.ForeignKey(ApiToken, models.CASCADE)
    sourcesystem = models.ForeignKey(SourceSystem, models.CASCADE)

    class Meta:
        managed = False
        db_table = "inbound_apitoken_source_systems"


class Target(models.Model):
    source_system = models.ForeignKey(SourceSystem, models.PROTECT)
    external_id = models.CharField(max_length=128)
    external_type = models.CharField(max_length=64, default="")
    template = models.ForeignKey(Template, models.PROTECT, null=True)
    status = models.CharField(max_length=9, default="Active")
    cancellation_note = models.CharField(max_length=255, default="")
    title = models.CharField(max_length=255)
    description = models.TextField(default="")
    customer_name = models.CharField(max_length=255, default="")
    customer_contact_name = models.CharField(max_length=255, default="")
    customer_phone = models.CharField(max_length=255, default="")
    customer_email = models.CharField(max_length=254, default="")
    street = models.CharField(max_length=255, default="")
    postal_code = models.CharField(max_length=255, default="")
    city = models.CharField(max_length=255, default="")
    country = models.CharField(max_length=2, default="")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    route_date = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    time_window_start = models.DateTimeField(null=True)
    time_window_end = models.DateTimeField(null=True)
    estimated_work_minutes = models.PositiveSmallIntegerField(null=True)
    priority = models.CharField(max_length=6, default="")
    fixed_time = models.BooleanField(null=True)
    expected_revenue = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    customer_tier = models.CharField(max_length=16, default="")
    close_probability = models.PositiveSmallIntegerField(null=True)
    custom_fields = models.JSONField(default=dict)
    corrections = models.JSONField(default=dict)
    warnings = ArrayField(models.CharField(max_length=32), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        managed = False
        db_table = "targets_target"


class ImportJob(models.Model):
    source_system = models.ForeignKey(SourceSystem, models.PROTECT)
    operation = models.CharField(max_length=32)
    batch_id = models.CharField(max_length=255, null=True)
    status = models.CharField(max_length=15)
    total_items = models.PositiveIntegerField()
    created_items = models.PositiveIntegerField()
    updated_items = models.PositiveIntegerField()
    cancelled_items = models.PositiveIntegerField(default=0)
    skipped_items = models.PositiveIntegerField(default=0)
    rejected_items = models.PositiveIntegerField(default=0)
    warning_items = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list)
    submitted_by = models.CharField(max_length=255)
    correlation_id = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(default=timezone.now)

    class Meta:
        managed = False
        db_table = "importjobs_importjob"


class JobItem(models.Model):
    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    external_id = models.CharField(max_length=128)
    status = models.CharField(max_length=9)
    target = models.ForeignKey(Target, models.PROTECT, null=True)
    error_code = models.CharField(max_length=32, default="")
    error_message = models.TextField(default="")
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    payload = models.JSONField()

    class Meta:
        managed = False
        db_table = "importjobs_importitem"
