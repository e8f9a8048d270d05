"""Pages by `limit` and `page`: refused below 1, cut to `max_page_size`, 404 beyond the last."""

import re

from django.core.paginator import InvalidPage, Paginator
from rest_framework import exceptions, pagination


class LimitPagination(pagination.PageNumberPagination):
    page_size = 10
    page_size_query_param = "limit"
    max_page_size = 100

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        limit = self._positive("limit", self.page_size)
        number = self._positive("page", 1)
        try:
            self.page = Paginator(queryset, min(limit, self.max_page_size)).page(number)
        except InvalidPage as error:
            raise exceptions.NotFound("Geçersiz sayfa.") from error
        return list(self.page)

    def _positive(self, name, default):
        text = self.request.query_params.get(name) or str(default)
        if not re.fullmatch("[1-9][0-9]{0,999}", text):
            raise exceptions.ValidationError({name: ["1 veya daha büyük bir tam sayı girin."]})
        return int(text)
