#!/usr/bin/env python3
"""The sidecar under load beside HAProxy, nginx and YARP as it comes, measured in one run. Loads are bounded and stay on loopback."""
import argparse
import shutil
import sys

from stage import Stage
from tables import ALL


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("tables", nargs="*", metavar="TABLE", help=f"which of {', '.join(ALL)}; all by default")
    options.add_argument("--rounds", type=int, default=5, help="recorded rounds of each table (default 5)")
    options.add_argument("--seconds", type=int, default=2, help="of one round of one proxy (default 2)")
    options.add_argument("--warmup", type=int, default=4, help="seconds of the round before, in which .NET compiles (default 4)")
    options.add_argument("--first", type=int, default=200_000, help="requests of each before HTTP/2 is measured (default 200,000)")
    options.add_argument("--connections", type=int, default=64, help="HTTP/1.1 connections (default 64)")
    options.add_argument("--requests", type=int, default=1_000_000, help="over which allocations are counted (default 1,000,000)")
    options.add_argument("--idle", type=int, default=10_000, help="idle connections (default 10,000)")
    options = options.parse_args()
    unknown = [table for table in options.tables if table not in ALL]
    if unknown:
        sys.exit(f"no such table: {', '.join(unknown)}; there are {', '.join(ALL)}")
    missing = [tool for tool in ("wrk", "h2load", "nginx", "haproxy", "taskset") if not shutil.which(tool)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; tests/install-peers.sh installs them")

    with Stage() as stage:
        for table in options.tables or ALL:
            ALL[table](stage, options)


if __name__ == "__main__":
    main()
