"""One command: create the database, fill it, serve it.

    python run.py --port 0 --requests 200

Prints `serving http://HOST:PORT` when it is ready; stops at SIGTERM or Ctrl-C. Without --database the data
lives in a temporary file and goes with the process.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free port")
    parser.add_argument("--requests", type=int, default=200, help="cancellation requests to make up")
    parser.add_argument("--seed", type=int, default=1, help="another number, another shop")
    parser.add_argument("--database", type=Path, help="SQLite file; filled only if it is new")
    return parser.parse_args()


def serve(options, database):
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    os.environ["BACKEND_DATABASE"] = str(database)

    django.setup()  # models can be imported only then
    from cancellations.models import Channel, OrderItem, Reason
    from shop.server import Handler, Server
    from shop.wsgi import application

    call_command("migrate", verbosity=0)
    if not Channel.objects.exists():
        call_command("seed", requests=options.requests, seed=options.seed, stdout=sys.stderr)
    items = OrderItem.objects.filter(order__channel=5).order_by("id").values_list("id", flat=True)[:5]
    reasons = Reason.objects.filter(channel=5).order_by("id").values_list("id", flat=True)
    with Server((options.host, options.port), Handler) as server:
        server.set_app(application)
        print(f"serving http://{options.host}:{server.server_port}")
        print(f"channel 5: order_items={_joined(items)} reasons={_joined(reasons)}", flush=True)
        server.serve_forever()


def _joined(ids):
    return ",".join(map(str, ids))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    options = arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="backend-", ignore_cleanup_errors=True) as folder:
            serve(options, options.database or Path(folder) / "db.sqlite3")
    except KeyboardInterrupt:
        pass
    except OSError as problem:
        print(f"cannot serve {options.host}:{options.port}: {problem.strerror or problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
