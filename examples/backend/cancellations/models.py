"""The shop's tables, as far as cancelling needs them, and which status may follow which."""

import uuid

from django.db import models
from django.utils import timezone

from .collation import FOLDED


class FoldedCharField(models.CharField):
    """A short text that is found whatever its case."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 200)
        kwargs["db_collation"] = FOLDED
        super().__init__(*args, **kwargs)


class CancellationType(models.TextChoices):
    CANCEL = "cancel"
    REFUND = "refund"


class Status(models.TextChoices):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    WAITING_APPROVAL = "waiting_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    COMPLETED = "completed"


class PlanStatus(models.TextChoices):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    REJECTED = "rejected"
    COMPLETED = "completed"


NEXT = {
    Status.WAITING: {Status.CONFIRMED, Status.WAITING_APPROVAL, Status.APPROVED, Status.REJECTED},
    Status.WAITING_APPROVAL: {Status.APPROVED, Status.REJECTED},
    Status.CONFIRMED: {Status.APPROVED, Status.REJECTED, Status.COMPLETED},
    Status.APPROVED: {Status.COMPLETED, Status.REJECTED},
    Status.REJECTED: set(),
    Status.COMPLETED: set(),
}


class Channel(models.Model):
    name = models.CharField(max_length=200)


class Customer(models.Model):
    channel = models.ForeignKey(Channel, models.CASCADE)
    first_name = FoldedCharField()
    last_name = FoldedCharField(db_index=True)
    email = FoldedCharField(db_index=True)


class Order(models.Model):
    channel = models.ForeignKey(Channel, models.CASCADE)
    customer = models.ForeignKey(Customer, models.CASCADE)
    number = FoldedCharField(unique=True)
    date_placed = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=50)


class OrderItem(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    sku = FoldedCharField(db_index=True)
    product_name = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="try")
    status = models.CharField(max_length=50)
    tracking_number = FoldedCharField(null=True, db_index=True)


class Reason(models.Model):
    channel = models.ForeignKey(Channel, models.CASCADE)
    subject = models.CharField(max_length=200)
    cancellation_type = models.CharField(max_length=20, choices=CancellationType)
    extra_information_needed = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)


class Stamped(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_date = models.DateTimeField(default=timezone.now, editable=False)
    modified_date = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.modified_date = timezone.now()
        super().save(*args, **kwargs)


class CancellationRequest(Stamped):
    order_item = models.ForeignKey(OrderItem, models.CASCADE)
    reason = models.ForeignKey(Reason, models.CASCADE)
    cancellation_type = models.CharField(max_length=20, choices=CancellationType)
    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING, db_index=True)
    description = models.TextField(null=True)
    iban = models.TextField(null=True)
    holder_name = models.TextField(null=True)
    quantity = models.PositiveBigIntegerField(null=True)
    fully_refund_as_loyalty_money = models.BooleanField(default=False)
    attributes = models.JSONField(default=dict)
    attributes_kwargs = models.JSONField(default=dict)
    localized_attributes = models.JSONField(default=dict)
    localized_attributes_kwargs = models.JSONField(default=dict)
    remote_id = models.CharField(max_length=200, null=True)  # the marketplace's own number, once it sends one

    @property
    def is_final(self):
        return not NEXT[self.status]

    def may_become(self, status):
        return status == self.status or status in NEXT[self.status]


class CancellationPlan(models.Model):
    cancellation_request = models.OneToOneField(
        CancellationRequest, models.CASCADE, related_name="cancellation_plan"
    )
    status = models.CharField(max_length=20, choices=PlanStatus, db_index=True)
    plan_type = models.CharField(max_length=50)


class EasyReturn(Stamped):
    cancellation_request = models.OneToOneField(
        CancellationRequest, models.CASCADE, related_name="easy_return"
    )
    shipping_company = models.CharField(max_length=50)
    code = FoldedCharField(unique=True)
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    max_count = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=50)
    raw_request = models.TextField(null=True)
    raw_response = models.TextField(null=True)
    tracking_number = models.CharField(max_length=200, null=True)
    tracking_url = models.URLField(null=True)
    pickup_date = models.DateTimeField(null=True)
