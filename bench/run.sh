#!/usr/bin/env bash
# bench/run.sh [micro | load [TABLE...] [--rounds N] ... | injector [--reviews N] ...]: micro benchmarks, then load through the sidecar
# beside other proxies, then reviews of the injector.
# Prints tables; nothing but allocation is asserted.
set -eu
cd "$(dirname "$0")/.."
tests/install-peers.sh
part=${1:-all}
[ $# = 0 ] || shift
[ "$part" = load ] || [ "$part" = injector ] || dotnet run -c Release --no-build --project bench/micro -- --short "$@"
[ "$part" = micro ] || [ "$part" = injector ] || python3 bench/load/load.py "$@"
[ "$part" = micro ] || [ "$part" = load ] || python3 bench/load/injector.py "$@"
