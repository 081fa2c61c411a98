#!/usr/bin/env bash
# What permessage-deflate saves and costs on real traffic: records a session of Strophe and one of @xmpp/client with a
# Prosody (roster, presence, messages), and plays them over the library's listener in each mode.
#
#   tests/bench/deflate.sh [--build DIR]
#
#   --build DIR   measure what is built there (with WSXMPP_BUILD_BENCHMARKS), and build nothing

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/bench
source "$here/lib.sh"

if [[ ${1:-} == --build ]]; then
  (($# > 1)) || die '--build takes a folder'
  build=$(cd "$2" && pwd)
else
  packages=("${bench_packages[@]}" prosody util-linux)
  command -v node >/dev/null || packages+=(nodejs)
  install_missing "${packages[@]}"
  say 'Building in build/bench'
  build_bench
fi
if [[ ! -d $root/tests/e2e/node_modules/ws ]]; then
  command -v npm >/dev/null || install_missing npm
  npm ci --prefix "$root/tests/e2e" --no-audit --no-fund
fi
WSXMPP=$build/apps/wsxmpp/wsxmpp node "$here/driver/capture_session.js" "$build/sessions"
exec "$build/tests/bench/deflate_bench" "$build"/sessions/*.session
