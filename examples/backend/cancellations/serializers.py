"""What goes in and what comes out: writing takes the documented fields only, answers are always whole."""

from rest_framework import serializers

from .fields import EnumField, WholeNumberField
from .models import (
    CancellationPlan,
    CancellationRequest,
    CancellationType,
    Customer,
    EasyReturn,
    Order,
    OrderItem,
    Reason,
    Status,
)


class EasyReturnSerializer(serializers.ModelSerializer):
    class Meta:
        model = EasyReturn
        exclude = ["cancellation_request"]


class CancellationRequestSerializer(serializers.ModelSerializer):
    easy_return = EasyReturnSerializer()

    class Meta:
        model = CancellationRequest
        fields = "__all__"


class CustomerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Customer
        fields = ["id", "first_name", "last_name", "email", "channel"]


class OrderSerializer(serializers.ModelSerializer):
    customer = CustomerSerializer()

    class Meta:
        model = Order
        fields = ["id", "number", "date_placed", "status", "channel", "customer"]


class OrderItemSerializer(serializers.ModelSerializer):
    order = OrderSerializer()

    class Meta:
        model = OrderItem
        fields = [
            "id", "sku", "product_name", "quantity", "price", "currency", "status", "tracking_number", "order"
        ]  # fmt: skip


class ReasonSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reason
        fields = ["id", "subject", "cancellation_type", "extra_information_needed", "is_active"]


class PlanSerializer(serializers.ModelSerializer):
    class Meta:
        model = CancellationPlan
        fields = ["id", "status", "plan_type"]


class DetailedSerializer(CancellationRequestSerializer):
    order_item = OrderItemSerializer()
    reason = ReasonSerializer()
    cancellation_plan = PlanSerializer()


class InChannelField(serializers.PrimaryKeyRelatedField):
    """A reference by id to something that belongs to the channel in the path."""

    default_error_messages = {"does_not_exist": "Bu kanalda böyle bir kayıt yok."}

    def __init__(self, lookup, **kwargs):
        super().__init__(pk_field=WholeNumberField(), **kwargs)
        self.lookup = lookup

    def get_queryset(self):
        return super().get_queryset().filter(**{self.lookup: self.context["view"].channel})


class TextField(serializers.CharField):
    """Any text, kept as sent; null clears it."""

    def __init__(self, **kwargs):
        super().__init__(allow_null=True, allow_blank=True, trim_whitespace=False, required=False)


class CreateSerializer(serializers.ModelSerializer):
    order_item = InChannelField("order__channel", queryset=OrderItem.objects)
    reason = InChannelField("channel", queryset=Reason.objects)
    cancellation_type = EnumField(CancellationType.choices)
    description = TextField()
    iban = TextField()
    holder_name = TextField()
    quantity = WholeNumberField(min_value=1, allow_null=True, required=False)

    class Meta:
        model = CancellationRequest
        fields = [
            "order_item", "reason", "cancellation_type", "description", "iban", "holder_name", "quantity"
        ]  # fmt: skip

    def to_representation(self, instance):
        return CancellationRequestSerializer(instance, context=self.context).data


class UpdateSerializer(CreateSerializer):
    """Nothing is required. What PUT leaves out keeps its value, except the one field with a default."""

    status = EnumField(Status.choices, required=False)
    fully_refund_as_loyalty_money = serializers.BooleanField(default=False)

    class Meta(CreateSerializer.Meta):
        fields = [*CreateSerializer.Meta.fields, "status", "fully_refund_as_loyalty_money"]

    def get_fields(self):
        fields = super().get_fields()
        for name in ("order_item", "reason", "cancellation_type"):
            fields[name].required = False
        return fields

    def validate_status(self, status):
        if not self.instance.may_become(status):
            raise serializers.ValidationError(
                f"{self.instance.status} durumundan {status} durumuna geçilemez.", "invalid_transition"
            )
        return status
