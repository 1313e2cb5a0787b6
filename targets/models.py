"""Targets, the source systems that send them, and the edits that staff make."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ordinavo.common.json_fields import ExactJSONField
from ordinavo.common.limits import (
    MAX_CANCELLATION_NOTE_LENGTH,
    MAX_DECIMAL_PLACES,
    MAX_EXPECTED_HOURS,
    MAX_EXTERNAL_ID_LENGTH,
    MAX_KEY_LENGTH,
    MAX_WHOLE_DIGITS,
    MAX_WORK_MINUTES,
)
from ordinavo.common.transaction_ids import TransactionIdField
from targets.bulk_models import BulkChange as BulkChange
from targets.countries import validate_country
from targets.search import searched_words
from targets.time_zones import validate_time_zone
from templates.models import TargetTemplate, validate_key


class SourceSystem(models.Model):
    """A system that sends targets, such as an ERP, a shop or a ticket system."""

    key = models.CharField(_("key"), max_length=MAX_KEY_LENGTH, unique=True, validators=[validate_key])
    name = models.CharField(_("name"), max_length=255)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Imports of an inactive source system are refused.")
    )
    default_template = models.ForeignKey(
        TargetTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("default template"),
        help_text=_("For new targets that name no template."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[validate_time_zone],
        help_text=_(
            "Route dates are days in this time zone, such as Europe/Berlin. If empty, that of this installation."
        ),
    )
    expected_hours = models.PositiveSmallIntegerField(
        _("expected at least every (hours)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_EXPECTED_HOURS)],
        help_text=_(
            "After a longer pause, the start page says that it sends nothing. "
            "If empty, it does so after a longer pause than usual."
        ),
    )
    paused_at = models.DateTimeField(_("paused since"), null=True, editable=False)
    paused_by = models.CharField(_("paused by"), max_length=255, blank=True, default="", db_default="", editable=False)
    paused_reason = models.CharField(_("reason"), max_length=255, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("source system")
        verbose_name_plural = _("source systems")
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_by="", paused_reason="")
                | Q(paused_at__isnull=False) & ~Q(paused_reason=""),
                name="targets_sourcesystem_paused_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone, or that of the installation if it has none of its own."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)


class Target(models.Model):
    """One piece of field work, such as a delivery, a pickup or a service visit.

    A source system knows it by its external id. Which column has which path in the API is declared in
    `targets.api.target_document`.
    """

    class Status(models.TextChoices):
        """Whether the target is to be visited."""

        ACTIVE = "Active", _("Active")
        CANCELLED = "Cancelled", _("Cancelled")

    class Priority(models.TextChoices):
        """How urgent the target is."""

        LOW = "Low", _("Low")
        MEDIUM = "Medium", _("Medium")
        HIGH = "High", _("High")
        URGENT = "Urgent", _("Urgent")

    source_system = models.ForeignKey(SourceSystem, models.PROTECT, db_index=False, verbose_name=_("source system"))
    external_id = models.CharField(_("external id"), max_length=MAX_EXTERNAL_ID_LENGTH)
    external_type = models.CharField(_("external type"), max_length=64, blank=True)
    template = models.ForeignKey(TargetTemplate, models.PROTECT, null=True, blank=True, verbose_name=_("template"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.ACTIVE, editable=False)
    cancellation_note = models.CharField(
        _("cancellation note"), max_length=MAX_CANCELLATION_NOTE_LENGTH, blank=True, editable=False
    )

    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), max_length=10_000, blank=True)

    customer_external_id = models.CharField(
        _("customer's external id"), max_length=255, blank=True, default="", db_default=""
    )
    customer_number = models.CharField(_("customer number"), max_length=255, blank=True, default="", db_default="")
    customer_name = models.CharField(_("customer"), max_length=255, blank=True)
    customer_type = models.CharField(_("customer type"), max_length=255, blank=True, default="", db_default="")
    customer_industry = models.CharField(_("industry"), max_length=255, blank=True, default="", db_default="")
    customer_contact_name = models.CharField(_("contact name"), max_length=255, blank=True)
    customer_phone = models.CharField(_("phone"), max_length=255, blank=True)
    customer_email = models.CharField(_("email"), max_length=255, blank=True)
    contact_external_id = models.CharField(
        _("contact's external id"), max_length=255, blank=True, default="", db_default=""
    )
    contact_role = models.CharField(_("role of the contact"), max_length=255, blank=True, default="", db_default="")

    location_external_id = models.CharField(
        _("location's external id"), max_length=255, blank=True, default="", db_default=""
    )
    location_name = models.CharField(_("location"), max_length=255, blank=True, default="", db_default="")
    street = models.CharField(_("street"), max_length=255, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=255, blank=True)
    city = models.CharField(_("city"), max_length=255, blank=True)
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[validate_country],
        help_text=_("ISO 3166-1 alpha-2, such as DE."),
    )
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )

    route_date = models.DateField(_("route date"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    time_window_start = models.DateTimeField(_("time window start"), null=True, blank=True)
    time_window_end = models.DateTimeField(_("time window end"), null=True, blank=True)
    estimated_work_minutes = models.PositiveSmallIntegerField(
        _("estimated work minutes"), null=True, blank=True, validators=[MaxValueValidator(MAX_WORK_MINUTES)]
    )
    priority = models.CharField(_("priority"), max_length=6, choices=Priority.choices, blank=True)
    fixed_time = models.BooleanField(_("fixed time"), null=True, blank=True)

    expected_revenue = models.DecimalField(
        _("expected revenue"),
        max_digits=MAX_WHOLE_DIGITS + MAX_DECIMAL_PLACES,
        decimal_places=MAX_DECIMAL_PLACES,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    customer_tier = models.CharField(_("customer tier"), max_length=16, blank=True)
    close_probability = models.PositiveSmallIntegerField(
        _("close probability"), null=True, blank=True, validators=[MaxValueValidator(100)], help_text=_("Percent.")
    )

    custom_fields = ExactJSONField(_("custom fields"), default=dict, blank=True, editable=False)
    corrections = ExactJSONField(
        _("corrections"),
        default=dict,
        editable=False,
        help_text=_("By path: who corrected the field, when, and what the source sent last for it."),
    )
    warnings = ArrayField(
        models.CharField(max_length=32),
        verbose_name=_("warnings"),
        default=list,
        editable=False,
        help_text=_("The codes of the warnings about the target as it is stored."),
    )
    # An import with an older version than the stored one changes nothing.
    source_version = models.BigIntegerField(_("source version"), null=True, editable=False)
    source_updated_at = models.DateTimeField(_("updated in the source at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    # A database trigger sets it with every insert and update, so that no writer can forget it (see `targets.changes`).
    change_xid = TransactionIdField(editable=False, db_default="0")

    row_version: int | None = None
    """The row's xmin (the transaction that wrote it) when an import read the row, or None if it was not read so.

    It is no column. If the stored row has another xmin by the time of writing, another transaction changed the target.
    """
    is_locked_by_another: bool = False
    """Whether staff cannot save the target now, because another transaction holds its row. It is no column."""

    class Meta:
        ordering = ["-id"]
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["route_date"], name="targets_target_route_date"),
            models.Index(fields=["updated_at"], name="targets_target_updated_at"),
            # GET /changes reads the targets of each source system in this order.
            models.Index(fields=["source_system", "change_xid", "id"], name="targets_target_changes"),
            # The admin's list sorts by these, and filters by some.
            models.Index(fields=["external_id"], name="targets_target_external_id"),
            models.Index(fields=["customer_name"], name="targets_target_customer_name"),
            models.Index(fields=["city"], name="targets_target_city"),
            # The day on which a target is due: the due date, else the day of the due time.
            models.Index(fields=["due_date"], condition=Q(due_date__isnull=False), name="targets_target_due_date"),
            models.Index(
                fields=["due_at"], condition=Q(due_date=None, due_at__isnull=False), name="targets_target_due_at"
            ),
            # Most targets of many source systems have none of these ids.
            models.Index(
                fields=["customer_external_id"],
                condition=~Q(customer_external_id=""),
                name="targets_target_customer_ext_id",
            ),
            models.Index(
                fields=["customer_number"], condition=~Q(customer_number=""), name="targets_target_customer_number"
            ),
            models.Index(
                fields=["location_external_id"],
                condition=~Q(location_external_id=""),
                name="targets_target_location_ext_id",
            ),
            # New words are collected in a list of 256 kB before they are sorted into the index. Sorted in one by one,
            # they were half of the time that an import spent on writing.
            GinIndex(searched_words(), name="targets_target_found_by", fastupdate=True, gin_pending_list_limit=256),
            # These conditions hold for few targets, so the indexes are small.
            models.Index(
                fields=["id"],
                condition=Q(status="Active") & ~Q(warnings=[]),
                name="targets_target_with_warnings",
            ),
            models.Index(fields=["id"], condition=Q(status="Cancelled"), name="targets_target_cancelled"),
            models.Index(fields=["id"], condition=~Q(corrections={}), name="targets_target_corrected"),
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
        """Return the external id and the title."""
        return f"{self.external_id} {self.title}"


class TargetEdit(models.Model):
    """A record of what a member of staff did to a target. It is never changed."""

    class Kind(models.TextChoices):
        """What was done."""

        CORRECTED = "Corrected", _("Corrected")
        CANCELLED = "Cancelled", _("Cancelled")
        REOPENED = "Reopened", _("Reopened")

    target = models.ForeignKey(Target, models.CASCADE, related_name="edits")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    by = models.CharField(max_length=255)
    at = models.DateTimeField()
    reason = models.CharField(max_length=255, blank=True)
    changes = ExactJSONField(default=list)
    marks = ExactJSONField(null=True)
    """The corrections of the edited paths, and the cancellation note, before and after the edit (see `targets.edits`).

    An undo needs them. None for an edit of an earlier version of this software.
    """
    bulk_change = models.ForeignKey(BulkChange, models.PROTECT, null=True, related_name="edits", db_index=False)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["bulk_change", "id"],
                condition=Q(bulk_change__isnull=False),
                name="targets_targetedit_bulk_change",
            ),
        ]

    def __str__(self) -> str:
        """Return what was done and by whom."""
        return f"{self.kind} by {self.by}"
