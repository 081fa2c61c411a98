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

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build_bench haproxy websockify prosody ejabberd util-linux
install_node_packages
say 'Measuring'
exec node "$here/driver/main.js" --build "$build" "$@"
