from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from templates.exactjson import ExactJSONField
from templates.models import TargetTemplate, validate_key
from templates.scalars import MAX_DECIMAL_PLACES, MAX_WHOLE_DIGITS

from .countries import validate_country

MAX_WORK_MINUTES = 10_080  # a week


class SourceSystem(models.Model):
    """A system that targets come from: an ERP, a shop, a ticket system."""

    key = models.CharField(max_length=64, unique=True, validators=[validate_key])
    name = models.CharField(max_length=255)
    active = models.BooleanField(default=True, help_text="Imports of an inactive source system are refused.")
    default_template = models.ForeignKey(
        TargetTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        help_text="For new targets that name no template.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """A delivery stop, pickup, service visit or task, as its source system and staff describe it."""

    class Status(models.TextChoices):
        ACTIVE = "Active"
        CANCELLED = "Cancelled"

    class Priority(models.TextChoices):
        LOW = "Low"
        MEDIUM = "Medium"
        HIGH = "High"
        URGENT = "Urgent"

    source_system = models.ForeignKey(SourceSystem, models.PROTECT)
    external_id = models.CharField(max_length=128)
    external_type = models.CharField(max_length=64, blank=True)
    template = models.ForeignKey(TargetTemplate, models.PROTECT, null=True, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.ACTIVE, editable=False)
    cancellation_note = models.CharField(max_length=255, blank=True, editable=False)

    title = models.CharField(max_length=255)
    description = models.TextField(max_length=10_000, blank=True)

    customer_name = models.CharField(max_length=255, blank=True)
    customer_contact_name = models.CharField("contact name", max_length=255, blank=True)
    customer_phone = models.CharField("phone", max_length=255, blank=True)
    customer_email = models.EmailField("email", blank=True)

    street = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=255, blank=True)
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[validate_country],
        help_text="ISO 3166-1 alpha-2, such as DE.",
    )
    latitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])

    route_date = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    time_window_start = models.DateTimeField(null=True, blank=True)
    time_window_end = models.DateTimeField(null=True, blank=True)
    estimated_work_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_WORK_MINUTES)]
    )
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True)
    fixed_time = models.BooleanField(null=True, blank=True)

    expected_revenue = models.DecimalField(
        max_digits=MAX_WHOLE_DIGITS + MAX_DECIMAL_PLACES,
        decimal_places=MAX_DECIMAL_PLACES,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    customer_tier = models.CharField(max_length=16, blank=True)
    close_probability = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)], help_text="Percent."
    )

    custom_fields = ExactJSONField(default=dict, blank=True)
    corrections = ExactJSONField(
        default=dict,
        editable=False,
        help_text="What staff corrected, by its path, with what the source sent last for it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["route_date"], name="targets_target_route_date"),
            models.Index(fields=["updated_at"], name="targets_target_updated_at"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source_system", "external_id"], name="targets_target_external_id_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="targets_target_external_id_not_blank"),
            models.CheckConstraint(
                condition=Q(status__in=["Active", "Cancelled"]),
                name="targets_target_status_known",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["", "Low", "Medium", "High", "Urgent"]),
                name="targets_target_priority_known",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None) | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="targets_target_coordinates_both_and_in_range",
            ),
            models.CheckConstraint(
                condition=Q(time_window_start=None)
                | Q(time_window_end=None)
                | Q(time_window_start__lt=F("time_window_end")),
                name="targets_target_time_window_in_order",
            ),
            models.CheckConstraint(
                condition=Q(estimated_work_minutes=None) | Q(estimated_work_minutes__lte=MAX_WORK_MINUTES),
                name="targets_target_work_minutes_in_range",
            ),
            models.CheckConstraint(
                condition=Q(close_probability=None) | Q(close_probability__lte=100),
                name="targets_target_close_probability_percent",
            ),
            models.CheckConstraint(
                condition=Q(expected_revenue=None) | Q(expected_revenue__gte=0),
                name="targets_target_expected_revenue_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.title}"
