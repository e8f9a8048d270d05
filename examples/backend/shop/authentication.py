"""Who is calling: an API key, as `Authorization: Token <key>` or the bare key."""

from hmac import compare_digest

from django.conf import settings
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header


class ApiClient:
    """Holder of a known key; there are no user accounts here."""

    is_authenticated = True


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) == 2 and words[0].lower() == b"token":
            words = words[1:]
        known = [compare_digest(words[0], token.encode()) for token in settings.API_TOKENS]
        if len(words) != 1 or not any(known):
            raise exceptions.AuthenticationFailed("API anahtarı geçersiz.")
        return ApiClient(), None

    def authenticate_header(self, request):
        return "Token"
