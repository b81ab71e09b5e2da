#!/usr/bin/env bash
# Builds, runs every test and closes with one line: N passed, N failed, N skipped. ARGS go to `dotnet test`.
set -u
cd "$(dirname "$0")/.."
logs=$(mktemp -d)
others=
trap '[ -z "$others" ] || pkill -P "$others"; rm -rf "$logs"' EXIT

close() { # passed failed skipped exit-code
  echo "$1 passed, $2 failed, $3 skipped"
  exit "$4"
}

run() { # log assembly...
  local log=$1
  shift
  dotnet test "$@" --nologo ${ARGS:-} 2>&1 | tee "$log"
  return "${PIPESTATUS[0]}"
}

tests/install-peers.sh &
peers=$!
# One compiler for all projects, also where the environment asks for one each: two dozen starts of it cost most of a minute.
dotnet build Mesh.sln -c Release --nologo -v quiet -p:UseSharedCompilation=true
built=$?
[ "${UseSharedCompilation:-}" != false ] || dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1
wait "$peers"
[ "$built" -eq 0 ] || close 0 1 0 1

integration=
rest=()
for project in tests/*.Tests; do
  name=$(basename "$project")
  assembly=artifacts/bin/$name/release/Mesh.$name.dll
  if [ "$name" = Integration.Tests ]; then integration=$assembly; else rest+=("$assembly"); fi
done

# The integration tests take the longest and wait for their processes much of the time: the others run meanwhile, one assembly after the other.
run "$logs/rest" "${rest[@]}" &
others=$!
# Their processes live for seconds: counting calls for a better second compilation never pays, and costs a fifth of the time.
DOTNET_TieredPGO=0 run "$logs/integration" "$integration"
status=$?
wait "$others" || status=1
others=

read -r passed failed skipped assemblies < <(
  cat "$logs"/* | sed -nE 's/.*Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+), Total.*/\2 \1 \3/p' |
    awk '{ p += $1; f += $2; s += $3 } END { print p+0, f+0, s+0, NR }'
)
if [ -z "${ARGS:-}" ] && [ "$assemblies" -lt $((${#rest[@]} + 1)) ]; then
  echo "only $assemblies of $((${#rest[@]} + 1)) test assemblies reported a result" >&2
  close "$passed" $((failed + 1)) "$skipped" 1
fi
# What failed once more, below everything else: each test's name, then each message that is not there yet.
if [ "$failed" -gt 0 ]; then
  awk '
    /^  Failed [^ ]/ { if (++names <= 20) print substr($0, 3, 160); next }
    /^  Error Message:/ { message = ""; lines = 0; reading = 1; next }
    /^  Stack Trace:|^  Standard Output/ { if (reading && message != "" && !seen[message]++) all = all message; reading = 0; next }
    reading && ++lines <= 10 { message = message substr($0, 1, 200) "\n" }
    END { printf "%s", substr(all, 1, 4000) }' "$logs"/*
fi
[ "$failed" -eq 0 ] && [ "$status" -eq 0 ] || close "$passed" "$failed" "$skipped" 1
close "$passed" "$failed" "$skipped" 0
