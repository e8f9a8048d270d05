"""Shards by Spark: spark-submit on_spark.py COUNT SHARDS 'requests-{shard}.ndjson' (pip install pyspark; Java 17)."""

import sys

from pyspark.sql import SparkSession

from cancelkit.fixtures.options import Options
from cancelkit.fixtures.sharding import Manifest, Order
from cancelkit.spec import load


def main(count: str, shards: str, out: str) -> None:
    order = Order(Options(load(), count=int(count)), int(shards), out)
    manifest = Manifest.of(order)
    known = [(n, manifest.made.get(n)) for n in range(1, order.shards + 1)]
    context = SparkSession.builder.getOrCreate().sparkContext
    manifest.write(context.parallelize(known, order.shards).map(lambda call: order.make(*call)).collect())
    manifest.tidy(order)


if __name__ == "__main__":
    main(*sys.argv[1:])
