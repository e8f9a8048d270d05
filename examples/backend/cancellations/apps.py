"""The app; every new SQLite connection learns the collation that the models name."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from .collation import add_collation


class CancellationsConfig(AppConfig):
    name = "cancellations"

    def ready(self):
        connection_created.connect(add_collation)
