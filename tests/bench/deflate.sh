#!/usr/bin/env bash
# What permessage-deflate saves and costs on real traffic: records a session of Strophe and one of @xmpp/client with a
# Prosody (roster, presence, messages), and plays them over the library's listener in each mode.
#
#   tests/bench/deflate.sh [--build DIR]
#
#   --build DIR   measure what is built there (with WSXMPP_BUILD_BENCHMARKS), and build nothing

set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

take_build "$@" || build_bench prosody util-linux
install_node_packages
WSXMPP=$build/apps/wsxmpp/wsxmpp node "$here/driver/capture_session.js" "$build/sessions"
exec "$build/tests/bench/deflate_bench" "$build"/sessions/*.session
