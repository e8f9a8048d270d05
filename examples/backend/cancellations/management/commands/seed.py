"""`manage.py seed`: put a made-up shop in place of whatever the database holds."""

from django.core.management.base import BaseCommand
from django.db import transaction

from cancellations.models import Channel
from cancellations.world import build


class Command(BaseCommand):
    help = "Replaces all data with a made-up shop; the same options give the same shop."

    def add_arguments(self, parser):
        parser.add_argument("--requests", type=int, default=200, help="cancellation requests (200)")
        parser.add_argument("--seed", type=int, default=1, help="for another shop (1)")

    @transaction.atomic
    def handle(self, *, requests, seed, **options):
        Channel.objects.all().delete()
        for models in build(requests, seed):
            if models:
                type(models[0]).objects.bulk_create(models)
        self.stdout.write(f"{requests} cancellation requests in channels 5 and 6")
