"""What the two lists can be filtered by. Texts ignore case by their column's collation (see collation.py)."""

from datetime import UTC, datetime, time

import django_filters
from django import forms

from .fields import MAX_INTEGER, DayField, InstantField, IntegerField, IntegersField
from .models import PlanStatus, Status

ORDER = "order_item__order__"
CUSTOMER = ORDER + "customer__"
PLACED = ORDER + "date_placed"


class AnyOf(django_filters.Filter):
    """One of the numbers; those too large for the database match nothing."""

    field_class = IntegersField

    def filter(self, qs, value):
        if not value:
            return qs
        return qs.filter(**{f"{self.field_name}__in": {n for n in value if abs(n) <= MAX_INTEGER}})


class Number(AnyOf):
    field_class = IntegerField


class Text(django_filters.CharFilter):
    def __init__(self, field_name):
        super().__init__(field_name, strip=False)


class Email(django_filters.Filter):
    field_class = forms.EmailField


class Instant(django_filters.Filter):
    field_class = InstantField

    def __init__(self, lookup_expr="exact"):
        super().__init__(PLACED, lookup_expr)


class Day(django_filters.Filter):
    """The calendar date in UTC: compared with the day's first instant or its last."""

    field_class = DayField

    def __init__(self, lookup_expr):
        self.edge = time.max if lookup_expr in ("gt", "lte") else time.min
        super().__init__(PLACED, lookup_expr)

    def filter(self, qs, value):
        return super().filter(qs, value and datetime.combine(value, self.edge, UTC))


class CancellationRequestFilter(django_filters.FilterSet):
    pk__in = AnyOf("id")
    status = django_filters.ChoiceFilter(choices=Status.choices)
    number = Text(ORDER + "number")
    date_placed = Instant()
    date_placed__gt = Instant("gt")
    date_placed__gte = Instant("gte")
    date_placed__lt = Instant("lt")
    date_placed__lte = Instant("lte")
    date_placed__date__gt = Day("gt")
    date_placed__date__gte = Day("gte")
    date_placed__date__lt = Day("lt")
    date_placed__date__lte = Day("lte")
    sku = Text("order_item__sku")
    channel = Number(CUSTOMER + "channel_id")
    customer_first_name = Text(CUSTOMER + "first_name")
    customer_last_name = Text(CUSTOMER + "last_name")
    customer_email = Email(CUSTOMER + "email")
    order_id = Number("order_item__order_id")
    cancellation_plan_status = django_filters.ChoiceFilter(
        field_name="cancellation_plan__status", choices=PlanStatus.choices
    )
    easy_return_code = Text("easy_return__code")
    tracking_number = Text("order_item__tracking_number")

    def __init__(self, data, *args, **kwargs):
        # Only what the query names: preparing all twenty for every call would take most of its time.
        self.base_filters = {name: filter for name, filter in self.base_filters.items() if name in data}
        super().__init__(data, *args, **kwargs)
