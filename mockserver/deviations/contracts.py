"""Deviations that are a wrong contract: filters, bounds, required fields, transitions, defaults.

Owns: edits of the document, one for each.
Knows nothing of: the mock's code, which keeps whatever contract it is given.
"""

from __future__ import annotations

from collections.abc import Callable

from cancelkit.mockserver.deviations.deviation import Deviation, Document
from cancelkit.mockserver.state.store import Store

Edit = Callable[[Document], None]


def _ignored(parameter: str) -> Edit:
    def edit(document: Document) -> None:
        del document["components"]["parameters"][parameter]["x-filter"]

    return edit


def _filter(parameter: str, **changes: str) -> Edit:
    def edit(document: Document) -> None:
        node = document["components"]["parameters"][parameter]
        node["x-filter"] = {**node["x-filter"], **changes}

    return edit


def _unlisted(operation_path: str, parameter: str) -> Edit:
    """The parameter is unknown to one of the two lists."""

    def edit(document: Document) -> None:
        node = document["paths"][operation_path]["get"]
        node["parameters"] = [p for p in node["parameters"] if not p["$ref"].endswith(f"/{parameter}")]

    return edit


def _parameter_schema(parameter: str, **changes: object) -> Edit:
    def edit(document: Document) -> None:
        node = document["components"]["parameters"][parameter]
        node["schema"] = {key: value for key, value in {**node["schema"], **changes}.items() if value is not None}

    return edit


def _lax(parameter: str) -> Edit:
    def edit(document: Document) -> None:
        document["components"]["parameters"][parameter]["schema"] = {"type": "string"}

    return edit


def _body(schema: str, field: str, **changes: object) -> Edit:
    def edit(document: Document) -> None:
        properties = document["components"]["schemas"][schema]["properties"]
        node = properties[field]
        if "$ref" in node:
            node = dict(document["components"]["schemas"][node["$ref"].rpartition("/")[2]])
            node.pop("x-transitions", None)
        properties[field] = {key: value for key, value in {**node, **changes}.items() if value is not None}

    return edit


def _transition(old: str, *, add: str = "", drop: str = "") -> Edit:
    def edit(document: Document) -> None:
        node = document["components"]["schemas"]["Status"]["x-transitions"]
        if old in node["final"]:
            node["final"].remove(old)
        allowed = node["allowed"].setdefault(old, [])
        node["allowed"][old] = [status for status in allowed if status != drop] + ([add] if add else [])

    return edit


def _initial(document: Document) -> None:
    document["components"]["schemas"]["Status"]["x-transitions"]["initial"] = "confirmed"


def _optional_reason(document: Document) -> None:
    schema = document["components"]["schemas"]["CancellationRequestCreate"]
    schema["required"].remove("cancellation_type")
    _body("CancellationRequest", "cancellation_type", default="cancel")(document)


def _create_takes_status(document: Document) -> None:
    schemas = document["components"]["schemas"]
    schemas["CancellationRequestCreate"]["properties"]["status"] = {"$ref": "#/components/schemas/Status"}


LIST = "/api/channel/{channel_id}/cancellation_requests/"
DETAILED = f"{LIST}detailed"
CREATE, UPDATE = "CancellationRequestCreate", "CancellationRequestUpdate"
_ITEM = "order_item.order"


class AnyStatus(Store):
    def _check_transition(self, old: str, new: str) -> None:
        if new in self.spec.transitions.statuses:
            super()._check_transition(old, new)


DEVIATIONS = (
    Deviation("filter-status-ignored", "status selects nothing", _ignored("Status")),
    Deviation("filter-pk-in-ignored", "pk__in selects nothing", _ignored("PkIn")),
    Deviation("filter-number-ignored", "number selects nothing", _ignored("Number")),
    Deviation("filter-sku-ignored", "sku selects nothing", _ignored("Sku")),
    Deviation("filter-customer-email-ignored", "customer_email selects nothing", _ignored("CustomerEmail")),
    Deviation("filter-order-id-ignored", "order_id selects nothing", _ignored("OrderId")),
    Deviation(
        "filter-plan-status-ignored", "cancellation_plan_status selects nothing", _ignored("CancellationPlanStatus")
    ),
    Deviation("filter-easy-return-code-ignored", "easy_return_code selects nothing", _ignored("EasyReturnCode")),
    Deviation("filter-tracking-number-ignored", "tracking_number selects nothing", _ignored("TrackingNumber")),
    Deviation("filter-date-placed-ignored", "date_placed selects nothing", _ignored("DatePlaced")),
    Deviation(
        "filter-channel-of-order", "channel compares the order's channel", _filter("Channel", path=f"{_ITEM}.channel")
    ),
    Deviation("filter-order-id-of-item", "order_id compares the item's id", _filter("OrderId", path="order_item.id")),
    Deviation(
        "filter-names-swapped",
        "customer_first_name compares the last name",
        _filter("CustomerFirstName", path=f"{_ITEM}.customer.last_name"),
    ),
    Deviation(
        "filter-tracking-of-return",
        "tracking_number compares the easy return's",
        _filter("TrackingNumber", path="easy_return.tracking_number"),
    ),
    Deviation("filter-sku-case", "sku minds case", _filter("Sku", lookup="exact")),
    Deviation("filter-last-name-case", "customer_last_name minds case", _filter("CustomerLastName", lookup="exact")),
    Deviation(
        "filter-date-gt-inclusive", "date_placed__gt includes the instant", _filter("DatePlacedGt", lookup="gte")
    ),
    Deviation(
        "filter-date-gte-exclusive", "date_placed__gte leaves the instant out", _filter("DatePlacedGte", lookup="gt")
    ),
    Deviation(
        "filter-date-lt-inclusive", "date_placed__lt includes the instant", _filter("DatePlacedLt", lookup="lte")
    ),
    Deviation(
        "filter-date-lte-exclusive", "date_placed__lte leaves the instant out", _filter("DatePlacedLte", lookup="lt")
    ),
    Deviation(
        "filter-day-gt-inclusive",
        "date_placed__date__gt includes the day",
        _filter("DatePlacedDateGt", lookup="date__gte"),
    ),
    Deviation(
        "filter-day-lt-inclusive",
        "date_placed__date__lt includes the day",
        _filter("DatePlacedDateLt", lookup="date__lte"),
    ),
    Deviation(
        "filter-day-lte-exclusive",
        "date_placed__date__lte leaves the day out",
        _filter("DatePlacedDateLte", lookup="date__lt"),
    ),
    Deviation(
        "filter-day-gte-reversed", "date_placed__date__gte means lte", _filter("DatePlacedDateGte", lookup="date__lte")
    ),
    Deviation("filter-plain-only", "sku selects only in the plain list", _unlisted(DETAILED, "Sku")),
    Deviation("filter-detailed-only", "number selects only in the detailed list", _unlisted(LIST, "Number")),
    Deviation("filter-accepts-bad-status", "an unknown status is no error", _lax("Status")),
    Deviation("filter-accepts-bad-email", "a malformed customer_email is no error", _lax("CustomerEmail")),
    Deviation("paging-default-limit", "a page has 20 rows by default", _parameter_schema("Limit", default=20)),
    Deviation("paging-limit-zero", "limit=0 is accepted", _parameter_schema("Limit", minimum=None)),
    Deviation("create-type-optional", "cancellation_type may be missing", _optional_reason),
    Deviation("create-quantity-zero", "quantity 0 is accepted by create", _body(CREATE, "quantity", minimum=None)),
    Deviation("create-any-type", "any cancellation_type is accepted", _body(CREATE, "cancellation_type", enum=None)),
    Deviation("create-takes-status", "create accepts a status", _create_takes_status),
    Deviation(
        "create-description-not-null", "create refuses a null description", _body(CREATE, "description", nullable=None)
    ),
    Deviation("create-initial-status", "a new request is confirmed", _initial),
    Deviation(
        "update-quantity-negative", "quantity may be negative in an update", _body(UPDATE, "quantity", minimum=None)
    ),
    Deviation(
        "update-any-status", "any text is accepted as status", _body(UPDATE, "status", enum=None), store=AnyStatus
    ),
    Deviation("update-iban-not-null", "an update can't clear iban", _body(UPDATE, "iban", nullable=None)),
    Deviation(
        "update-type-not-checked", "holder_name may be any JSON", _body(UPDATE, "holder_name", type=None, pattern=None)
    ),
    Deviation("transition-waiting-completed", "waiting may become completed", _transition("waiting", add="completed")),
    Deviation("transition-leaves-rejected", "rejected may become waiting", _transition("rejected", add="waiting")),
    Deviation("transition-leaves-completed", "completed may become approved", _transition("completed", add="approved")),
    Deviation("transition-backwards", "approved may become waiting", _transition("approved", add="waiting")),
    Deviation(
        "transition-confirmed-stuck", "confirmed can't become completed", _transition("confirmed", drop="completed")
    ),
)
