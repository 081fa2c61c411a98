#!/usr/bin/env bash
# consume_pkgconfig.sh PREFIX SOURCE BINARY COMPILER [FLAG…]: builds and runs a program as a Makefile would.
set -euo pipefail
prefix=$1 source=$2 binary=$3 compiler=$4
shift 4
command -v pkg-config >/dev/null || { echo "SKIPPED: there is no pkg-config"; exit 77; }

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name wsxmpp.pc)")
LD_LIBRARY_PATH=$(pkg-config --with-path="$PKG_CONFIG_PATH" --variable=libdir wsxmpp)   # where the library is shared
export PKG_CONFIG_PATH LD_LIBRARY_PATH
read -r -a flags < <(pkg-config --cflags --libs wsxmpp)
echo "${flags[*]}"
"$compiler" -std=c++17 "$@" "$source" -o "$binary" "${flags[@]}"

printed=$("$binary")
echo "$printed"
[ "$printed" = "wsxmpp $(pkg-config --modversion wsxmpp)" ]
