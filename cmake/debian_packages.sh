# Installs what is missing of some Debian packages; sourced by examples/quickstart.sh and tests/run.sh.
#
#   install_missing PACKAGE…    exits with a text that names what is missing when it cannot

# What wsxmpp is built from; cmake/Dependencies.cmake finds it.
build_packages=(g++ cmake ninja-build pkg-config libasio-dev libwebsocketpp-dev libfmt-dev libcli11-dev nlohmann-json3-dev
  libssl-dev libc-ares-dev libcurl4-openssl-dev libidn2-dev zlib1g-dev libhttp-parser-dev)

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; exit 1; }

missing() {
  for package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

# Installing a server would start it as a service, which nobody asked for. While this runs, Debian's own means against
# that says no; unless the system has one.
install_as_root='
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\nexit 101\n" >$policy
    chmod +x $policy
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update && apt-get install -y --no-install-recommends "$@"
'

install_missing() {
  command -v dpkg-query >/dev/null || die "this script is for Debian; what it needs is: $*"
  local packages
  mapfile -t packages < <(missing "$@")
  ((${#packages[@]})) || return 0
  say "Installing ${packages[*]}"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || cannot_install "you are not root and there is no sudo" "${packages[@]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" sh -c "$install_as_root" sh "${packages[@]}" || cannot_install 'apt-get failed' "${packages[@]}"
  for service in prosody ejabberd jabberd2 nginx haproxy prometheus; do
    if [[ " ${packages[*]} " == *" $service"[\ -]* ]]; then   # nginx-light
      say "Debian's $service service was not started; 'systemctl disable $service' keeps it off after the next boot, too"
    fi
  done
}

cannot_install() {
  local why=$1
  shift
  die "$why. Missing packages: $*
To install them, as root: apt-get update && apt-get install $*"
}
