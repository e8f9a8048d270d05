#!/bin/sh
# Shards by GNU parallel: `sh parallel.sh COUNT SHARDS 'requests-{shard}.ndjson'`. With more machines: `parallel --sshlogin …`,
# and a place that all of them reach. What is there already is left, so it can be run again.
set -eu
seq "$2" | parallel --halt now,fail=1 cancelkit fixtures generate --count "$1" --shard "{}/$2" --out "'$3'"
exec cancelkit fixtures generate --count "$1" --shards "$2" --out "$3" # looks at each, and lists them
