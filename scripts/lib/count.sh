# Counts what ./test ran, over all parts. Sourced by ./test after common.sh.

passed=0
failed=0
skipped=0
reported=0
failures=()
output=$(mktemp)
# Tests that skip themselves write a line here; the runner counts them as passed.
VIGIA_SKIPS=$(mktemp)
export VIGIA_SKIPS
trap 'rm -f "$output" "$VIGIA_SKIPS"' EXIT

# record NAME PASSED FAILED SKIPPED
record() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  skipped=$((skipped + $4))
  [ "$3" -eq 0 ] || failures+=("$1")
}

# check NAME COMMAND…: one thing that holds or does not.
check() {
  local name=$1
  shift
  say "$name"
  if "$@"; then record "$name" 1 0 0; else record "$name" 0 1 0; fi
}

# counted NAME READER COMMAND…: a runner that counts; READER turns its output into three numbers.
# A runner that fails without naming a failed test, or that ran none, is itself one failure.
counted() {
  local name=$1 reader=$2 status=0 p=0 f=0 s=0
  shift 2
  say "$name"
  "$@" 2>&1 | tee "$output" || status=$?
  read -r p f s < <("$reader" <"$output")
  if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$p" -eq 0 ]; }; then f=1; fi
  record "$name" "$p" "$f" "$s"
}

# nextest FILTER [WRAPPER]: the suites of the workspace that the filter names.
nextest() {
  local filter=$1
  shift
  counted "tests: $filter" nextest_counts "$@" cargo nextest run --workspace "${build_features[@]}" \
    --no-fail-fast --status-level slow --final-status-level fail \
    --color never -E "$filter"
  reported=$(sort -u "$VIGIA_SKIPS" | wc -l)
}

without_colours() { sed 's/\x1b\[[0-9;]*m//g'; }

# "Summary [ 1.2s] 40 tests run: 38 passed (1 slow), 2 failed, 100 skipped": there "skipped" means
# filtered out; ours are those that the tests themselves reported since the last runner.
nextest_counts() {
  local newly
  newly=$(($(sort -u "$VIGIA_SKIPS" | wc -l) - reported))
  without_colours | awk -v s="$newly" '
    /Summary \[/ {
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) p = $(i - 1)
        if ($i ~ /^failed/) f += $(i - 1)
        if ($i ~ /^timed/) f += $(i - 1)
      }
    }
    END { print p - s, f + 0, s }'
}

# "Tests  12 passed | 1 failed | 2 skipped (15)"
vitest_counts() {
  without_colours | awk '
    $1 == "Tests" {
      for (i = 2; i <= NF; i++) {
        if ($i == "passed") p = $(i - 1)
        if ($i == "failed") f = $(i - 1)
        if ($i == "skipped") s = $(i - 1)
      }
    }
    END { print p + 0, f + 0, s + 0 }'
}

# "12 passed, 0 failed, 0 skipped" alone on the last such line.
plain_counts() {
  without_colours | awk '
    /^[0-9]+ passed, [0-9]+ failed/ { p = $1; f = $3; s = $5 }
    END { print p + 0, f + 0, s + 0 }'
}

finish() {
  local name
  echo
  sort -u "$VIGIA_SKIPS"
  for name in "${failures[@]}"; do echo "FAILED: $name"; done
  if [ "$skipped" -gt 0 ] && [ -d "${VIGIA_SHARED:-../shared}" ]; then
    echo "FAILED: $skipped skipped, although ${VIGIA_SHARED:-../shared} exists"
    failed=$((failed + skipped))
    skipped=0
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}
