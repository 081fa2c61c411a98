#!/bin/sh
# Fuzzes every target for a while:
#
#     tests/fuzz/run.sh BUILD_DIR [SECONDS]        30 seconds each unless said otherwise
#
# Works on a copy of the seeds, BUILD_DIR/fuzz/corpus, which grows from run to run. One line a target; fails on a
# finding, and says where the input is and how to run it again.
set -u

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 BUILD_DIR [SECONDS]" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
seconds=${2:-30}
source=$(cd "$(dirname "$0")" && pwd)
work=$build/fuzz
jobs=$(nproc 2>/dev/null || echo 2)

# Found wherever the generator put it: a build of the whole project, or of a part.
target_path() {
    find "$build" -name "fuzz_$1" -type f -perm -u+x | head -n 1
}

fuzz() {
    name=$1
    program=$(target_path "$name")
    if [ -z "$program" ]; then
        echo "FAILED  $name: not built; configure with -DWSXMPP_BUILD_FUZZERS=ON"
        return 1
    fi
    mkdir -p "$work/corpus/$name" "$work/findings"
    cp -n "$source/corpus/$name/"* "$work/corpus/$name/"
    log=$work/$name.log
    if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        ${2:+-dict="$source/$2"} -artifact_prefix="$work/findings/$name-" "$work/corpus/$name" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "passed  $name: $runs inputs in $seconds s, $(ls "$work/corpus/$name" | wc -l) in the corpus"
        return 0
    fi
    finding=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -n 1)
    echo "FAILED  $name: $(grep -m 1 -E '^broken: |ERROR: |runtime error: ' "$log" || tail -n 1 "$log")"
    echo "        the log:   $log"
    if [ -n "$finding" ]; then
        echo "        the input: $finding"
        echo "        again:     $program $finding"
    fi
    return 1
}

echo "fuzzing each target for $seconds s, $jobs at a time"
status=$work/status
mkdir -p "$work"
: >"$status"
running=
for job in stream_decoder:xml.dict frame_decoder:xml.dict relay:xml.dict websocket_frames:websocket.dict \
    starttls:xml.dict socks5: dns_answer:dns.dict posh:json.dict proxy_protocol: forwarded:; do
    (fuzz "${job%%:*}" "${job##*:}" || echo failed >>"$status") &
    running="$running $!"
    set -- $running
    if [ $# -ge "$jobs" ]; then
        wait "$1"
        shift
        running=$*
    fi
done
wait
[ ! -s "$status" ]
