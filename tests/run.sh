#!/usr/bin/env bash
# Builds, runs every test and closes with one line: N passed, N failed, N skipped.
set -u
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

close() { # passed failed skipped exit-code
  echo "$1 passed, $2 failed, $3 skipped"
  exit "$4"
}

tests/install-peers.sh
dotnet build Mesh.sln -c Release --nologo -v quiet || close 0 1 0 1

# One assembly at a time: the integration tests run whole meshes and want both cores.
dotnet test Mesh.sln -c Release --no-build --nologo -m:1 ${ARGS:-} 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

read -r passed failed skipped assemblies < <(
  sed -nE 's/.*Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+), Total.*/\2 \1 \3/p' "$log" |
    awk '{ p += $1; f += $2; s += $3 } END { print p+0, f+0, s+0, NR }'
)
projects=$(find tests -name '*.Tests.csproj' | wc -l)
if [ -z "${ARGS:-}" ] && [ "$assemblies" -lt "$projects" ]; then
  echo "only $assemblies of $projects test assemblies reported a result" >&2
  close "$passed" $((failed + 1)) "$skipped" 1
fi
[ "$failed" -eq 0 ] && [ "$status" -eq 0 ] || close "$passed" "$failed" "$skipped" 1
close "$passed" "$failed" "$skipped" 0
