#!/usr/bin/env bash
# bench/run.sh [micro | load [TABLE...] [--rounds N] ...]: micro benchmarks, then load through the sidecar beside other proxies.
# Prints tables; nothing but allocation is asserted.
set -eu
cd "$(dirname "$0")/.."
tests/install-peers.sh
part=${1:-all}
[ $# = 0 ] || shift
[ "$part" = load ] || dotnet run -c Release --no-build --project bench/micro -- --short "$@"
[ "$part" = micro ] || python3 bench/load/load.py "$@"
