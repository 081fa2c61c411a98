#!/bin/sh
# run.sh [FILE…]: run these test files of this folder, or all of them.
#
#   WSXMPP         the wsxmpp executable to test (needed)
#   E2E_ARTIFACTS  where screenshots go (default: artifacts, in this folder)
set -eu
fail() { echo "tests/e2e: $*" >&2; exit 1; }

[ -n "${WSXMPP:-}" ] || fail 'set WSXMPP to the path of the wsxmpp executable'
WSXMPP=$(realpath -- "$WSXMPP")
[ -x "$WSXMPP" ] || fail "$WSXMPP is not an executable file"
export WSXMPP

cd "$(dirname "$0")"
# Debian has some of them where only root looks.
PATH=$PATH:/usr/sbin:/sbin
for command in node:nodejs prosody:prosody erl:ejabberd jabberd2-c2s:jabberd2 sqlite3:sqlite3 dnsmasq:dnsmasq-base \
  openssl:openssl setpriv:util-linux chromium:chromium nginx:nginx-light haproxy:haproxy certutil:libnss3-tools \
  systemd-socket-activate:systemd python3:python3 promtool:prometheus; do
  command -v "${command%:*}" >/dev/null || fail "there is no ${command%:*}; on Debian: apt-get install ${command#*:}"
done
[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] ||
  fail "nginx has no stream module; on Debian: apt-get install libnginx-mod-stream"
[ -d node_modules ] || fail "no node_modules; run: npm ci --prefix $PWD"

[ $# -gt 0 ] || set -- *.test.js
exec node --test --test-reporter=spec "$@"
