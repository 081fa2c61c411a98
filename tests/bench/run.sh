#!/usr/bin/env bash
# Measures wsxmpp beside other relays and before real servers, and prints tables:
#
#   tests/bench/run.sh [--short|--full] [--json FILE] [--only relays,memory,servers]
#
# --short takes a minute and a half, --full (the default) less than ten. Judge by CPU time a message, as a ratio to
# HAProxy's in the same run; leave the machine alone meanwhile. plot.sh draws FILE.
#
# Environment:
#   WSXMPP   another wsxmpp than the one that is built in build/bench

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/bench
source "$here/lib.sh"

packages=("${bench_packages[@]}" haproxy websockify prosody ejabberd util-linux)
command -v node >/dev/null || packages+=(nodejs)
install_missing "${packages[@]}"
if [[ ! -d $root/tests/e2e/node_modules/ws ]]; then
  command -v npm >/dev/null || install_missing npm
  npm ci --prefix "$root/tests/e2e" --no-audit --no-fund
fi
say 'Building in build/bench'
build_bench
say 'Measuring'
exec node "$here/driver/main.js" --build "$build" "$@"
