#!/usr/bin/env bash
# From a bare Debian 12 to a chat in the browser, with one command:
#
#   examples/quickstart.sh
#
# It installs what is missing (with apt, asking sudo when you are not root),
# builds wsxmpp in build/quickstart, starts a Prosody of its own with two users
# and wsxmpp before it, and serves the example pages, all on loopback. Ctrl-C
# ends all of it; but for the packages and the build, nothing stays behind.
#
# Environment:
#   WSXMPP=FILE   use this executable; nothing is installed and nothing is built

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/cmake/debian_packages.sh"
run_packages=(prosody libjs-strophe python3)
strophe=/usr/share/javascript/strophe/strophe.js

# --- what is started here ends here -------------------------------------------

state=''
pids=()

clean_up() {
  trap '' INT TERM HUP
  ((${#pids[@]} == 0)) || say 'Stopping'
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do
    # Five seconds to say goodbye, then no more.
    timeout 5 tail -s 0.1 --pid="$pid" -f /dev/null || kill -KILL "$pid" 2>/dev/null || true
  done
  [[ -z $state ]] || rm -rf "$state"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# start NAME COMMAND…: in the background, its output in NAME.log. In a session of
# its own, so that Ctrl-C reaches only this script, which ends things in order.
# Should this script be killed outright, the kernel tells the command to end.
start() {
  local name=$1
  shift
  setsid setpriv --pdeathsig TERM -- "$@" >"$state/$name.log" 2>&1 &
  pids+=($!)
}

# await NAME PATTERN: until the log of NAME, started last, has a line like that.
await() {
  local log=$state/$1.log
  for _ in {1..300}; do
    if grep -qE -- "$2" "$log"; then return; fi
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  cat "$log" >&2
  die "$1 did not start; above is what it said"
}

# --- the program ----------------------------------------------------------------

if [[ -n ${WSXMPP:-} ]]; then
  [[ -x $WSXMPP ]] || die "WSXMPP=$WSXMPP is not an executable file"
else
  install_missing "${build_packages[@]}" "${run_packages[@]}"
  say 'Building wsxmpp in build/quickstart'
  build=$root/build/quickstart
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DWSXMPP_BUILD_TESTS=OFF -DWSXMPP_BUILD_EXAMPLES=OFF
  cmake --build "$build"
  WSXMPP=$build/apps/wsxmpp/wsxmpp
  [[ -x $WSXMPP ]] || die "the build made no $WSXMPP"
fi

# --- Prosody, with two users who know each other ----------------------------------

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

state=$(mktemp -d)
xmpp_port=$(free_port)
say "Starting Prosody on port $xmpp_port"
mkdir -p "$state/data/localhost/accounts"
echo 'return { password = "wonderland" }' >"$state/data/localhost/accounts/alice.dat"
echo 'return { password = "builder" }' >"$state/data/localhost/accounts/bob.dat"
printf '[Friends]\nalice@localhost=Alice\nbob@localhost=Bob\n' >"$state/groups.txt"
cat >"$state/prosody.cfg.lua" <<END
run_as_root = true -- only matters to root
pidfile = "$state/prosody.pid"
data_path = "$state/data"
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { $xmpp_port }
c2s_require_encryption = false -- nothing leaves this machine
authentication = "internal_plain"
modules_enabled = { "roster", "saslauth", "disco", "smacks", "groups", "ping" }
modules_disabled = { "s2s", "tls" }
groups_file = "$state/groups.txt"
VirtualHost "localhost"
END
start prosody prosody -F --config "$state/prosody.cfg.lua"
await prosody "Activated service 'c2s' on \[127"

# --- wsxmpp, and the pages ----------------------------------------------------------

ws_port=6222
if taken $ws_port; then
  say "Port $ws_port, the usual one, is taken; using a free one"
  ws_port=0
fi
say 'Starting wsxmpp'
start wsxmpp "$WSXMPP" --listen "127.0.0.1:$ws_port" --upstream "127.0.0.1:$xmpp_port" --drain-timeout 1
await wsxmpp '^listening on ws://'
ws=$(grep -oE -m1 'ws://\S+' "$state/wsxmpp.log")

say 'Serving the pages'
mkdir "$state/pages"
ln -s "$root"/examples/{chat.html,chat.js,first_page.html} "$strophe" "$state/pages"
start pages python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$state/pages"
await pages '\(http://.*\)'
pages=$(grep -oE -m1 'http://[^/]+' "$state/pages.log")

cat <<END

  wsxmpp is running. Open these in a browser:

    chat as alice    $pages/chat.html?ws=$ws&jid=alice@localhost
    chat as bob      $pages/chat.html?ws=$ws&jid=bob@localhost
    the first page   $pages/first_page.html?ws=$ws

    alice@localhost  password: wonderland
    bob@localhost    password: builder

  To try: log in as alice in one window and as bob in another, choose the other
  in the list, and say hello. Or let bob use a desktop client such as Psi: the
  server is 127.0.0.1, port $xmpp_port, without encryption.

  Ctrl-C stops everything.

END

trap 'exit 0' INT TERM HUP
# Whichever ends first: it should not have.
wait -n || true
tail -n 5 "$state"/*.log >&2
die 'something ended by itself; above is what each said last'
