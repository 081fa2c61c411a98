#!/usr/bin/env bash
# What can be measured exactly, on any machine and however busy it is: instructions, system calls, allocations, memory.
#
#   tests/bench/exact.sh [--build DIR] [NAME…]
#
# NAME: instructions, calls, allocations, idle, idle_tls, stall, gone (default: all). Prints each measure beside its limit in
# exact_limits.txt, and fails when one is over it; and beside the target that the project has set itself. callgrind's
# files stay in build/bench/exact, for callgrind_annotate.
#
#   --build DIR   measure what is built there (with WSXMPP_BUILD_BENCHMARKS), and build nothing
#
# Environment:
#   WSXMPP   another wsxmpp than the one that is built

set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

take_build "$@" || build_bench valgrind strace util-linux openssl
set -- "${arguments[@]}"
(($#)) || set -- instructions calls allocations idle idle_tls stall gone
wsxmpp=${WSXMPP:-$build/apps/wsxmpp/wsxmpp}
programs=$build/tests/bench
out=$build/exact
mkdir -p "$out"

start "$out/sink" "$programs/sink"
sink=$port
proxy=("$wsxmpp" --upstream "127.0.0.1:$sink" --log-level warning)
# One thread, so that what is counted does not depend on which of them a connection fell to.
"$wsxmpp" --help | grep -q -e --threads && proxy+=(--threads 1)

# The stall and the floods are of clients that nobody slows down.
"$wsxmpp" --help | grep -q -e --rate-messages && proxy+=(--rate-messages 0 --rate-bytes 0)

load() { timeout 120 "$programs/load" "$@" --framing rfc7395 --port "$port"; }

over=0
printf '%-40s %9s %9s %9s\n' '' measured 'at most' target
# judge NAME VALUE: against the limit.
judge() {
  local limit target verdict
  [[ $2 =~ ^-?[0-9]+(\.[0-9]+)?$ ]] || die "$1 was not measured: '$2'"
  read -r limit target < <(awk -v name="$1" '$1 == name { print $2, $3 }' "$here/exact_limits.txt") || true
  verdict=$(awk -v value="$2" -v limit="$limit" 'BEGIN { print limit == "" ? "-" : value + 0 <= limit + 0 ? "ok" : "over" }')
  printf '%-40s %9s %9s %9s  %s\n' "$1" "$2" "${limit:--}" "${target:--}" "$verdict"
  if [[ $verdict == over ]]; then over=1; fi
}
ratio() { awk -v a="$1" -v b="$2" -v digits="${3:-2}" 'BEGIN { printf "%.*f\n", digits, a / b }'; }

connections=20

# echo_load IN_FLIGHT MESSAGES: on each connection.
echo_load() { load echo --connections $connections --in-flight "$1" --messages "$2" >"$out/load.json"; }

# The difference between a run with N and one with 2 N messages: what start, login and end cost is in both. Sets result,
# rather than printing it: what a subshell starts would outlive us.
instructions() {
  local in_flight=$1 each=$2 k total=()
  for k in 1 2; do
    local file=$out/callgrind.in_flight_$in_flight.$k
    rm -f "$file"
    start "$out/proxy" valgrind --tool=callgrind --callgrind-out-file="$file" "${proxy[@]}" --listen 127.0.0.1:0
    echo_load "$in_flight" $((each * k))
    stop "$pid"
    total+=("$(sed -n 's/^\(summary\|totals\): //p' "$file" | tail -n 1)")
  done
  result=$(ratio $((total[1] - total[0])) $((each * connections)) 0)
}

# strace's table: % time, seconds, usecs/call, calls, [errors], syscall.
calls_of() { awk -v names="$2" '$4 ~ /^[0-9]+$/ && $NF != "total" && $NF ~ "^(" names ")$" { sum += $4 } END { print sum + 0 }' "$1"; }

calls() {
  local each=$1 k
  for k in 1 2; do
    # When strace is killed, what it traces goes on.
    start "$out/proxy" strace -f -c -o "$out/strace.$k" setpriv --pdeathsig KILL -- "${proxy[@]}" --listen 127.0.0.1:0
    local strace=$pid traced
    traced=$(<"/proc/$strace/task/$strace/children")
    echo_load 1 $((each * k))
    kill -TERM "$traced"
    await "$strace"
  done
  local name names
  while read -r name names; do
    judge "$name" "$(ratio $(($(calls_of "$out/strace.2" "$names") - $(calls_of "$out/strace.1" "$names"))) \
      $((each * connections)))"
  done <<'END'
receive_calls_a_round_trip read|readv|recvfrom|recvmsg
send_calls_a_round_trip write|writev|sendto|sendmsg
readiness_calls_a_round_trip epoll_wait|epoll_pwait|epoll_pwait2|epoll_ctl|poll|ppoll|select
all_calls_a_round_trip [a-z_0-9]+
END
}

# memory [--tls CERTIFICATE KEY] SCENARIO [OPTION…]
memory() {
  local tls=(--listen 127.0.0.1:0) how=()
  if [[ $1 == --tls ]]; then
    tls=(--listen wss://127.0.0.1:0 --tls-cert "$2" --tls-key "$3")
    how=(--tls 1)
    shift 3
  fi
  start "$out/proxy" "${proxy[@]}" "${tls[@]}"
  load "$@" "${how[@]}" --pid "$pid" >"$out/load.json"
  before=$(field pss_before_kib <"$out/load.json")
  after=$(field pss_after_kib <"$out/load.json")
  stop "$pid"
}

# Sessions: what the process itself takes now and then is little beside so many. Each needs two descriptors.
many=6000
limit=$(ulimit -Hn)
if [[ $limit != unlimited ]] && ((2 * many + 200 > limit)); then many=$(((limit - 200) / 2)); fi

for measure; do
  case $measure in
    instructions)
      instructions 1 200
      judge instructions_a_message "$result"
      instructions 16 800
      judge instructions_a_message_16_in_flight "$result"
      ;;
    calls) calls 200 ;;
    allocations)
      "$programs/allocations" >"$out/allocations"
      while read -r name value; do judge "$name" "$value"; done <"$out/allocations"
      ;;
    idle)
      memory idle --sessions "$many"
      judge kib_an_idle_session "$(ratio $((after - before)) "$many")"
      ;;
    idle_tls)
      make_certificate "$out"
      memory --tls "$out/cert.pem" "$out/key.pem" idle --sessions 2000
      judge kib_an_idle_wss_session "$(ratio $((after - before)) 2000)"
      ;;
    stall)
      memory stall --sessions 20 --count 145000   # 29 MB for each
      judge kib_a_session_that_never_reads "$(ratio $((after - before)) 20)"
      ;;
    gone)
      memory gone --sessions 5000 --parallel 1000
      judge growth_after_5000_sessions_percent "$(ratio $(((after - before) * 100)) "$before")"
      ;;
    *) die "there is no measure '$measure'" ;;
  esac
done
exit "$over"
