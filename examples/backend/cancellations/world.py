"""A made-up shop: who its customers are, what they ordered and what they sent back.

Everything is drawn from one seeded generator and a fixed year, so that the same numbers give the same shop.
Yields unsaved models with their ids set, in an order in which they can be inserted.
"""

import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, product

from .models import (
    CancellationPlan,
    CancellationRequest,
    CancellationType,
    Channel,
    Customer,
    EasyReturn,
    Order,
    OrderItem,
    PlanStatus,
    Reason,
    Status,
)

YEAR_STARTS = datetime(2024, 2, 1, tzinfo=UTC)
MOMENTS = [  # of a day, in UTC; 21:00 is midnight in Istanbul
    timedelta(hours=23, minutes=59, seconds=59),
    timedelta(),
    timedelta(hours=23, minutes=59, seconds=59, microseconds=999_999),
    timedelta(hours=20, minutes=59, seconds=59),
    timedelta(hours=21),
]
NAMES = [
    ("Ayşe", "Şükrüoğlu", "ayse.sukruoglu"),
    ("Çağrı", "Öztürk", "Cagri.Ozturk"),
    ("Gülşen", "Yıldız", "gulsen_yildiz"),
    ("İrem", "Işık", "irem.isik"),
    ("Özgür", "Çelik", "OZGUR.CELIK"),
    ("Mehmet", "Yılmaz", "mehmet.yilmaz"),
    ("Şeyma Nur", "Doğan", "seyma.dogan"),
    ("Uğur", "Güneş", "ugur.gunes"),
    ("Zoë", "Müller", "zoe.mueller"),
    ("Łukasz", "Wójcik", "lukasz.wojcik"),
    ("Seán", "O'Brien", "sean.obrien"),
    ("Ελένη", "Παπαδοπούλου", "eleni.p"),
    ("Иван", "Петров", "ivan.petrov"),
    ("Nguyễn", "Thị Hồng", "nguyen.hong"),
    ("José", "de la Peña", "jose+shop"),
    ("Mehmet", "Çelik", "mehmet.celik"),
]
PRODUCTS = ["Kazak", "Gömlek", "Pantolon", "Çocuk Ayakkabısı", "Şapka", "Elbise", "Mont", "Örgü Yelek"]
COLOURS = ["RED", "blue", "Siyah", "ekru"]
SUBJECTS = [
    ("Vazgeçtim", CancellationType.CANCEL),
    ("Yanlış ürün seçtim", CancellationType.CANCEL),
    ("Beden uymadı", CancellationType.REFUND),
    ("Ürün kusurlu", CancellationType.REFUND),
]
DESCRIPTIONS = ["Beden küçük geldi", "", "Rengi fotoğraftakinden farklı 🙂", "İki kez sipariş vermişim"]
PLANS = {
    Status.WAITING: [PlanStatus.WAITING],
    Status.WAITING_APPROVAL: [PlanStatus.WAITING, PlanStatus.CONFIRMED],
    Status.CONFIRMED: [PlanStatus.CONFIRMED],
    Status.APPROVED: [PlanStatus.APPROVED],
    Status.REJECTED: [PlanStatus.REJECTED],
    Status.COMPLETED: [PlanStatus.COMPLETED],
}
FIRST_REQUEST_ID = 1000


def build(requests, seed):
    """Yield the lists of models of a shop with this many cancellation requests."""
    draw = random.Random(seed)
    channels = [Channel(id=5, name="Pazaryeri"), Channel(id=6, name="Mobil Uygulama")]
    reasons = [
        Reason(
            id=10 + 2 * number,
            channel=channel,
            subject=subject,
            cancellation_type=kind,
            extra_information_needed=number % 3 == 0,
        )
        for number, (channel, (subject, kind)) in enumerate(product(channels, SUBJECTS))
    ]
    customers = [
        Customer(
            id=300 + 3 * number,
            channel=channel,
            first_name=first,
            last_name=last,
            email=f"{account}@{'Example.com' if channel.id == 5 else 'mail.example.org'}",
        )
        for number, (channel, (first, last, account)) in enumerate(product(channels, NAMES))
    ]
    yield from (channels, reasons, customers)

    orders, items = _orders(draw, channels, customers, 12 + requests // 2)
    yield from (orders, items)
    yield from _cancellations(draw, reasons, items, requests)


def _orders(draw, channels, customers, number_for_each):
    orders, items = [], []
    item_ids = count(40_000, 3)
    for number, channel in product(range(number_for_each), channels):
        day = timedelta(days=draw.randrange(366))
        moment = timedelta(microseconds=draw.randrange(86_400_000_000))
        if number % 3 == 0:
            moment = MOMENTS[number // 3 % len(MOMENTS)]
        # Every fourth order is of someone who signed up with the other channel.
        home = [customer for customer in customers if (customer.channel == channel) == (number % 4 != 3)]
        order = Order(
            id=7000 + 5 * len(orders),
            channel=channel,
            customer=draw.choice(home),
            number=f"Osh{channel.id}-{draw.randrange(16**6):06x}-{len(orders)}",
            date_placed=YEAR_STARTS + day + moment,
            status=draw.choice(["approved", "shipped", "delivered"]),
        )
        orders.append(order)
        items += [_item(draw, next(item_ids), order) for _ in range(draw.randint(1, 3))]
    return orders, items


def _item(draw, item_id, order):
    kind, colour = draw.randrange(len(PRODUCTS)), draw.choice(COLOURS)
    shipped = order.status != "approved"
    return OrderItem(
        id=item_id,
        order=order,
        sku=f"Sku-{kind:03}-{colour}",
        product_name=f"{PRODUCTS[kind]} {colour}",
        quantity=draw.randint(1, 5),
        price=Decimal(draw.randrange(1990, 299_990)) / 100,
        status=order.status,
        tracking_number=f"Trk{item_id}x{draw.randrange(1000):03}" if shipped else None,
    )


def _cancellations(draw, reasons, items, number):
    requests, plans, returns = [], [], []
    kinds = list(product((5, 5, 6), Status, CancellationType))  # channel 5 gets two thirds
    items_of = {id: [item for item in items if item.order.channel_id == id] for id in (5, 6)}
    next_id = FIRST_REQUEST_ID
    for index in range(number):
        channel_id, status, kind = kinds[index * 7 % len(kinds)]
        request = _cancellation(
            draw,
            id=next_id,
            order_item=draw.choice(items_of[channel_id]),
            reason=draw.choice(
                [r for r in reasons if (r.channel_id, r.cancellation_type) == (channel_id, kind)]
            ),
            status=status,
            cancellation_type=kind,
        )
        requests.append(request)
        if draw.random() < 0.75:
            plan_status = draw.choice(PLANS[status])
            plans.append(
                CancellationPlan(
                    id=2 * next_id, cancellation_request=request, status=plan_status, plan_type=kind
                )
            )
        if kind == CancellationType.REFUND and draw.random() < 0.6:
            returns.append(_easy_return(draw, request))
        next_id += draw.choice([1, 1, 2, 7])
    return requests, plans, returns


def _cancellation(draw, **known):
    item = known["order_item"]
    created = item.order.date_placed + timedelta(
        hours=draw.randint(1, 400), microseconds=draw.randrange(10**6)
    )
    refund = known["cancellation_type"] == CancellationType.REFUND
    customer = item.order.customer
    return CancellationRequest(
        **known,
        uuid=_uuid(draw),
        created_date=created,
        modified_date=created + timedelta(minutes=draw.randrange(5000)),
        description=draw.choice([None, *DESCRIPTIONS]),
        iban=_iban(draw) if refund else None,
        holder_name=f"{customer.first_name} {customer.last_name}" if refund else None,
        quantity=draw.choice([None, draw.randint(1, item.quantity)]),
        fully_refund_as_loyalty_money=refund and draw.random() < 0.2,
        attributes=draw.choice([{}, {"source": "web", "gift": True}]),
        localized_attributes=draw.choice([{}, {"note": {"tr": "Değişim", "en": "Exchange"}}]),
    )


def _easy_return(draw, request):
    starts = request.created_date + timedelta(hours=1)
    picked_up = request.status in (Status.APPROVED, Status.COMPLETED)
    return EasyReturn(
        id=3 * request.id,
        cancellation_request=request,
        uuid=_uuid(draw),
        created_date=starts,
        modified_date=starts,
        shipping_company=draw.choice(["yurtici", "aras", "ups"]),
        code=f"Iade{request.id}{draw.choice('AbCdEf')}",
        start_date=starts,
        end_date=starts + timedelta(days=14),
        status="completed" if picked_up else "waiting",
        tracking_number=f"Ret{request.id}k" if picked_up else None,
        tracking_url=f"https://cargo.example.com/{request.id}" if picked_up else None,
        pickup_date=starts + timedelta(days=2) if picked_up else None,
    )


def _uuid(draw):
    return uuid.UUID(int=draw.getrandbits(128), version=4)


def _iban(draw):
    account = f"{draw.randrange(10**5):05}0{draw.randrange(10**16):016}"
    return f"TR{98 - int(account + '292700') % 97:02}{account}"
