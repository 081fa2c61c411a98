#!/usr/bin/env bash
# Holds idle sessions, and shows what they cost and that each of them is alive at the end.
#
#   tests/bench/hold.sh [--build DIR] [--sessions N] [--seconds S] [--plain]
#
#   --build DIR    what is built there (with WSXMPP_BUILD_BENCHMARKS), instead of building
#   --sessions N   in all (default 10000)
#   --seconds S    for so long nothing is said (default 60: longer than the interval of the pings)
#   --plain        ws instead of wss
#
# A session takes two descriptors of the proxy: where the hard limit (ulimit -Hn) does not let one process have as many,
# several share the sessions.

set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sessions=10000 seconds=60 scheme=wss built=
while (($#)); do
  case $1 in
    --build | --sessions | --seconds) (($# > 1)) || die "$1 takes a value" ;;&
    --build) build=$(cd "$2" && pwd) built=yes; shift 2 ;;
    --sessions) sessions=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --plain) scheme=ws; shift ;;
    *) die "there is no option '$1'" ;;
  esac
done
[[ -n $built ]] || build_bench openssl util-linux
wsxmpp=${WSXMPP:-$build/apps/wsxmpp/wsxmpp}
programs=$build/tests/bench
out=$build/hold
mkdir -p "$out"

spare=200   # descriptors for all that is no session
limit=$(ulimit -Hn)
if [[ $limit == unlimited ]]; then processes=1; else processes=$((2 * sessions / (limit - spare) + 1)); fi
each=$(((sessions + processes - 1) / processes))

start "$out/sink" "$programs/sink"
sink=$port
# Limits by address do not apply to loopback.
listen=(--listen "$scheme://127.0.0.1:0" --upstream "127.0.0.1:$sink" --log-level warning)
if [[ $scheme == wss ]]; then
  make_certificate "$out"
  listen+=(--tls-cert "$out/cert.pem" --tls-key "$out/key.pem")
fi

say "$((each * processes)) sessions ($scheme) of $processes process(es); $seconds s of silence"
loads=()
for ((process = 0; process < processes; ++process)); do
  start "$out/proxy.$process" "$wsxmpp" "${listen[@]}"
  "$programs/load" idle --framing rfc7395 --port "$port" --pid "$pid" --tls "$([[ $scheme == wss ]] && echo 1 || echo 0)" \
    --sessions "$each" --hold "$seconds" >"$out/load.$process" &
  loads+=("$!")
  children+=("$!")
done
for load in "${loads[@]}"; do wait "$load" || die 'not all sessions were held'; done

for ((process = 0; process < processes; ++process)); do
  before=$(field pss_before_kib <"$out/load.$process")
  after=$(field pss_after_kib <"$out/load.$process")
  awk -v before="$before" -v after="$after" -v sessions="$each" -v i="$process" 'BEGIN {
    printf "process %d: %d sessions, %.1f MiB, %.2f KiB a session; each answered at the end\n", i + 1, sessions, after / 1024,
      (after - before) / sessions }'
done
