#!/bin/sh
# The ledger's speed on the disk that holds DIR; ENTRIES is the size of the log that is verified and proved from.
# usage: ledger.sh DIR
set -eu
cd "$(dirname "$0")/../.."
build=$(dirname "${PARAVENT:-build/paravent}")
mkdir -p "$1"
cc -O3 -std=c17 -D_GNU_SOURCE -I. -o "$1/ledger" test/bench/ledger.c "$build/ledger.a" "$build/model.a" "$build/crypt.a" "$build/os.a" "$build/base.a" -lcrypto
rm -rf "$1/ledger.d"
trap 'rm -rf "$1/ledger.d"' EXIT
"$1/ledger" "$1/ledger.d" "${LEDGER_ROUNDS:-9}" "${ENTRIES:-2000000}"
