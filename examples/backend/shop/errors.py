"""Every error as JSON: `{"<field>": [...], "code"}` for what is invalid, `{"detail", "code"}` otherwise."""

from django.http import Http404, JsonResponse
from django.urls import Resolver404, resolve
from rest_framework import exceptions, views


def exception_handler(exc, context):
    """Add the contract's `code` to what DRF answers; whatever was not found, the text is the same."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    response = views.exception_handler(exc, context)
    if response is None:
        return None
    data = response.data
    if isinstance(exc, exceptions.ValidationError):
        errors = data if isinstance(data, dict) else {"non_field_errors": data}
        response.data = {**errors, "code": _first(exc.get_codes())}
    else:
        response.data = {"detail": data["detail"], "code": data["detail"].code}
    return response


def _first(codes):
    while not isinstance(codes, str):
        codes = next(iter(codes.values() if isinstance(codes, dict) else codes))
    return codes


def _error(status, code, detail):
    return JsonResponse({"detail": detail, "code": code}, status=status)


def bad_request(request, exception):
    return _error(400, "bad_request", "İstek anlaşılamadı.")


def server_error(request):
    return _error(500, "error", "Beklenmeyen bir hata oluştu.")


def not_found(request, exception):
    """No such path. If only the final slash is wrong: reads are redirected, writes told the right path."""
    path = request.path_info
    other = path[:-1] if path.endswith("/") else path + "/"
    try:
        resolve(other)
    except Resolver404:
        return _error(404, "not_found", "Böyle bir adres yok.")
    if request.method not in ("GET", "HEAD"):
        return _error(404, "not_found", f"Böyle bir adres yok. Doğrusu: {other}")
    response = _error(301, "moved", f"Doğru adres: {other}")
    query = request.META.get("QUERY_STRING", "")
    response["Location"] = f"{other}?{query}" if query else other
    return response
