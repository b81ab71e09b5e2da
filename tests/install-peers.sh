#!/usr/bin/env bash
# Installs the programs that the tests talk to and that nobody here wrote. Idempotent; where something cannot be
# installed it says so and goes on: the tests that need it are then skipped, each with its reason.
set -u
cd "$(dirname "$0")/.."

packages=(python3-grpcio python3-protobuf curl openssl haproxy nginx-light prometheus wrk nghttp2-client iproute2 iptables tcpdump)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    # Policy 101: a package's own service must not start here, the tests start what they need.
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made_policy=1; }
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 \
      || echo "note: could not install: ${missing[*]}; the tests that need them will be skipped" >&2
    [ -z "${made_policy:-}" ] || rm -f "$policy"
  else
    echo "note: not installed: ${missing[*]} (needs root and apt-get); the tests that need them will be skipped" >&2
  fi
fi

for folder in tests/*/peers/node; do
  [ -f "$folder/package-lock.json" ] || continue
  # npm writes this file last, so its presence means a complete install of exactly this lock file.
  stamp="$folder/node_modules/.package-lock.json"
  if [ ! -f "$stamp" ] || [ "$folder/package-lock.json" -nt "$stamp" ]; then
    if command -v npm >/dev/null; then
      npm --prefix "$folder" ci --silent --no-audit --no-fund \
        || echo "note: npm packages of $folder could not be installed; the tests that need them will be skipped" >&2
    else
      echo "note: npm is not installed; the tests of $folder will be skipped" >&2
    fi
  fi
done
