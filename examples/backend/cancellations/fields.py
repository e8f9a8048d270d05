"""Values as clients write them: query parameters (Django form fields) and bodies (DRF fields)."""

import re
from datetime import UTC, date, datetime

from django import forms
from rest_framework import serializers

INTEGER = re.compile("0|-?[1-9][0-9]{0,999}")
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
MAX_INTEGER = 2**63 - 1


class IntegersField(forms.Field):
    """Comma-separated whole numbers, cleaned to a list."""

    def to_python(self, value):
        if not value:
            return []
        if not all(map(INTEGER.fullmatch, value.split(","))):
            raise forms.ValidationError("Virgülle ayrılmış tam sayılar girin.", code="invalid")
        return list(map(int, value.split(",")))


class IntegerField(IntegersField):
    def to_python(self, value):
        numbers = super().to_python(value)
        if len(numbers) > 1:
            raise forms.ValidationError("Bir tam sayı girin.", code="invalid")
        return numbers


class InstantField(forms.Field):
    """An RFC 3339 date-time."""

    def to_python(self, value):
        return _parsed(value, DATE_TIME, lambda text: datetime.fromisoformat(text.upper()).astimezone(UTC))


class DayField(forms.Field):
    def to_python(self, value):
        return _parsed(value, DATE, date.fromisoformat)


def _parsed(value, pattern, parse):
    if not value:
        return None
    try:
        if pattern.fullmatch(value):
            return parse(value)
    except (ValueError, OverflowError):
        pass
    raise forms.ValidationError("Geçerli bir tarih girin.", code="invalid")


class WholeNumberField(serializers.IntegerField):
    """An integer that the database can hold; "3" is taken for 3, "1_0" is not taken for 10."""

    def __init__(self, **kwargs):
        super().__init__(max_value=MAX_INTEGER, **kwargs)

    def to_internal_value(self, data):
        if isinstance(data, str) and not INTEGER.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class EnumField(serializers.ChoiceField):
    """DRF's text repeats the value sent, which may hold what JSON cannot."""

    default_error_messages = {"invalid_choice": "Geçerli bir seçim değil."}
