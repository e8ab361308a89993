#!/usr/bin/env bash
# Workload W (benches/w.yaml) through the release binary against the mock server: wall time, CPU,
# memory and what was logged, each beside its bar. Needs bash, awk and Linux's /proc.
#
#   cargo build --release && cargo build --release -p spar-engine --example mock_server
#   benches/run_w.sh [SPAR [MOCK_SERVER]]
#
# On a busy machine run it under `chrt -r 1`, or the scheduler is what gets measured.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
spar=${1:-$root/target/release/spar}
mock=${2:-$root/target/release/examples/mock_server}
for program in "$spar" "$mock"; do
    [ -x "$program" ] || { echo "$program is not built; see the top of this file" >&2; exit 2; }
done
folder=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT

# Starts a server with this delay (ms); its address is in $url.
serve() {
    "$mock" --delay-ms "$1" > "$folder/address-$1" &
    servers+=($!)
    until [ -s "$folder/address-$1" ]; do
        kill -0 "$!" 2>/dev/null || { echo "$mock did not start" >&2; exit 2; }
        sleep 0.01
    done
    url=$(cat "$folder/address-$1")
}

# Runs a command; leaves $wall and $cpu (s) and $peak (MB, as of the last look at it).
measure() {
    local TIMEFORMAT='%R %U %S'
    peak=0
    { time {
        "$@" > "$folder/out" 2> "$folder/err" &
        pid=$!
        while hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$hwm" ]; do
            peak=$hwm
            sleep 0.05
        done
        wait "$pid"
    } ; } 2> "$folder/time"
    peak=$(awk -v kb="$peak" 'BEGIN { print kb / 1024 }')
}

# The same without looking at it: what is looked at costs, and is timed coarsely.
timed() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" > "$folder/out" 2> "$folder/err" ; } 2> "$folder/time"
    read -r wall user sys < "$folder/time"
    cpu=$(awk -v u="$user" -v s="$sys" 'BEGIN { print u + s }')
}

# NAME FIGURE BAR [over|under]: the figure should be under (or over) the bar.
row() {
    awk -v name="$1" -v figure="$2" -v bar="$3" -v way="${4:-under}" 'BEGIN {
        missed = way == "under" ? figure > bar : figure < bar
        printf "%-52s %9.3f   %s %9.3f%s\n", name, figure, way == "under" ? "<=" : ">=", bar, missed ? "  MISSED" : ""
    }'
}

# A number out of the summary line: NAME [PART].
logged() {
    awk -v name="\"$1\":" -v part="\"${2:-}\":" '/"type":"summary"/ {
        rest = substr($0, index($0, name) + length(name))
        if (part != "\"\":") rest = substr(rest, index(rest, part) + length(part))
        print rest + 0
    }' "$folder/w.jsonl"
}

run_w() {
    "$1" "$spar" run "$root/benches/w.yaml" --jobs 32 --provider openai --model mock \
        --base-url "$url" --json "$folder/w.jsonl" --junit "$folder/w.xml" "${@:2}"
}

printf 'load before: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%-52s %9s      %9s\n' '' figure bar
serve 50
run_w timed
row 'W, wall, s' "$wall" 2.05
row 'W, CPU, s' "$cpu" 0.4
row 'W, logged turn p50, ms' "$(logged turn_ms p50)" 55
row 'W, logged turn p99, ms' "$(logged turn_ms p99)" 60
row 'W, own share p50, ms' "$(awk -v us="$(logged own_us p50)" 'BEGIN { print us / 1000 }')" 1
row 'W, own share p99, ms' "$(awk -v us="$(logged own_us p99)" 'BEGIN { print us / 1000 }')" 5
run_w measure
row 'W, peak memory, MB' "$peak" 30

# Six turns of 50 ms one after another, and nothing else. One such run is a matter of a few
# milliseconds, which a single wake-up of something else can double: the middle one of five.
row 'one run, over its ideal of 300 ms, median of 5, ms' "$(
    for _ in 1 2 3 4 5; do
        run_w timed --repeat 1
        awk -v s="$wall" 'BEGIN { print s * 1000 - 300 }'
    done | sort -n | sed -n 3p
)" 15

run_w timed --cassette record --cassette-file "$folder/w.cassette"
run_w timed --cassette replay --cassette-file "$folder/w.cassette"
row 'W replayed from a cassette, s' "$wall" 0.2

serve 0
run_w timed --repeat 1000
row 'turns a second, 0 ms server' "$(awk -v ms="$(logged wall_ms)" -v n="$(logged turns)" 'BEGIN { print n / ms * 1000 }')" 6000 over

best=1
for _ in 1 2 3 4 5; do
    timed "$spar" --version
    best=$(awk -v a="$best" -v b="$wall" 'BEGIN { print a < b ? a : b }')
done
row '--version, best of 5, ms' "$(awk -v s="$best" 'BEGIN { print s * 1000 }')" 5
printf 'load after: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
