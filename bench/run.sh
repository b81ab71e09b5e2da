#!/usr/bin/env bash
# Micro benchmarks, then load through the sidecar beside nginx and HAProxy. Prints tables; nothing is asserted.
set -eu
cd "$(dirname "$0")/.."
tests/install-peers.sh
[ "${1:-}" = load ] || dotnet run -c Release --no-build --project bench/micro -- --short
[ "${1:-}" = micro ] || python3 bench/load/load.py "$@"
