"""The nine operations. Every write reads, checks and saves in one transaction that holds the write lock."""

from django.db import transaction
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from .filters import CancellationRequestFilter
from .models import CancellationRequest, Channel, Status
from .serializers import (
    CancellationRequestSerializer,
    CreateSerializer,
    DetailedSerializer,
    UpdateSerializer,
)

WRITING = {"create": CreateSerializer, "update": UpdateSerializer, "partial_update": UpdateSerializer}


class CancellationRequestViewSet(viewsets.ModelViewSet):
    detailed = False  # set by the URL
    lookup_url_kwarg = "id"
    filter_backends = [DjangoFilterBackend]
    filterset_class = CancellationRequestFilter

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.channel = get_object_or_404(Channel, pk=kwargs["channel_id"])

    def get_queryset(self):
        requests = CancellationRequest.objects.filter(order_item__order__channel=self.channel)
        opened = ["easy_return"]
        if self.detailed:
            opened += ["order_item__order__customer", "reason", "cancellation_plan"]
        return requests.select_related(*opened).order_by("id")

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer_class(self):
        reading = DetailedSerializer if self.detailed else CancellationRequestSerializer
        return WRITING.get(self.action, reading)

    def create(self, request, *args, **kwargs):
        request.data  # noqa: B018  a slow body is read before the lock is taken
        with transaction.atomic():
            return super().create(request, *args, **kwargs)

    def update(self, request, *args, **kwargs):
        request.data  # noqa: B018
        with transaction.atomic():
            return super().update(request, *args, **kwargs)

    @transaction.atomic
    def destroy(self, request, *args, **kwargs):
        return super().destroy(request, *args, **kwargs)

    @transaction.atomic
    def reject(self, request, *args, **kwargs):
        cancellation = self.get_object()
        if cancellation.is_final:
            raise serializers.ValidationError("Bu işleme izin verilmiyor.", "action_not_allowed")
        cancellation.status = Status.REJECTED
        cancellation.save()
        return Response(self.get_serializer(cancellation).data)
