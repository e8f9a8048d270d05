"""Lets browsers on other origins call the API: preflights are answered here, other answers get the headers.

Keys travel in a header and never in cookies, so every origin may call.
"""

from django.http import HttpResponse


class CorsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = (
            HttpResponse(status=200, content_type="text/plain") if preflight else self.get_response(request)
        )
        if "Origin" in request.headers:
            response["Access-Control-Allow-Origin"] = "*"
        if preflight:
            response["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
            response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response["Access-Control-Max-Age"] = "600"
            response["Content-Length"] = "0"
        return response
