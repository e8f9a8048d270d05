"""JSON bodies, more strictly than DRF reads them: UTF-8 only, limited size, no NaN, whatever the nesting."""

import codecs
import json

from django.conf import settings
from rest_framework import exceptions, parsers


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "İstek gövdesi çok büyük."
    default_code = "too_large"


class JSONParser(parsers.BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        encoding = (parser_context or {}).get("encoding") or "utf-8"
        if codecs.lookup(encoding).name != "utf-8":
            raise exceptions.UnsupportedMediaType(media_type)
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            raise BodyTooLarge
        try:
            return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError("Gövde geçerli bir JSON değil.") from error


def _refuse(constant):
    raise ValueError(constant)
