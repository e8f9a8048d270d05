"""Shards by Ray: python on_ray.py COUNT SHARDS 'requests-{shard}.ndjson' (pip install ray)."""

import sys

import ray

from cancelkit.fixtures.options import Options
from cancelkit.fixtures.sharding import Made, Manifest, Order
from cancelkit.spec import load


@ray.remote(max_retries=3)
def make(order: Order, shard: int, known: Made | None) -> Made:
    return order.make(shard, known)


def main(count: str, shards: str, out: str) -> None:
    order = Order(Options(load(), count=int(count)), int(shards), out)
    manifest = Manifest.of(order)
    ray.init()  # RAY_ADDRESS names a cluster; else it is this machine
    shared = ray.put(order)
    manifest.write(ray.get([make.remote(shared, n, manifest.made.get(n)) for n in range(1, order.shards + 1)]))
    manifest.tidy(order)


if __name__ == "__main__":
    main(*sys.argv[1:])
