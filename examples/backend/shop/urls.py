"""The API's addresses, exactly as documented: the detailed list alone has no final slash."""

from django.urls import path, register_converter

from cancellations.views import CancellationRequestViewSet as View

from . import errors


class IdConverter:
    """Whole numbers that SQLite can hold; anything else is no such path."""

    regex = "[0-9]{1,18}"
    to_python = int
    to_url = str


register_converter(IdConverter, "id")

LIST = "api/channel/<id:channel_id>/cancellation_requests/"
ITEM = LIST + "<id:id>/"
ITEM_METHODS = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path(LIST, View.as_view({"get": "list", "post": "create"})),
    path(LIST + "detailed", View.as_view({"get": "list"}, detailed=True)),
    path(ITEM, View.as_view(ITEM_METHODS)),
    path(ITEM + "reject/", View.as_view({"post": "reject"})),
    path(ITEM + "detailed/", View.as_view({"get": "retrieve"}, detailed=True)),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
