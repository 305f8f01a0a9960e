#!/bin/sh
# The ledger against published vectors, if CORPUS has them: vectors/ in it or beside it.
# usage: ledger.sh CORPUS
cd "$(dirname "$0")/../.." || exit 2
build=$(dirname "${PARAVENT:-build/paravent}")
for vectors in "$1/vectors" "$1/../vectors"; do
	[ -d "$vectors/merkle" ] || continue
	cc -O2 -std=c17 -D_GNU_SOURCE -I. -o "$build/conformance_ledger" test/conformance/ledger.c \
		"$build/ledger.a" "$build/model.a" "$build/crypt.a" "$build/os.a" "$build/base.a" -lcrypto -ljansson || exit 1
	exec "$build/conformance_ledger" "$vectors"
done
echo "ledger vectors: not here"
