#!/bin/sh
# What content/ reads of CORPUS's hl7/ and fhir/, and of python3-pydicom's files, against python3-hl7, dcmdump and Python's json.
# usage: content.sh CORPUS
cd "$(dirname "$0")/../.." || exit 2
[ -d "$1/hl7" ] || { echo "content: no hl7/ in $1"; exit 0; }
/usr/bin/python3 -c 'import hl7' 2>/dev/null || { echo "content: python3-hl7 is not installed"; exit 0; }
build=$(dirname "${PARAVENT:-build/paravent}")
cc -O2 -std=c17 -D_GNU_SOURCE -I. -o "$build/conformance_fields" test/conformance/fields.c "$build/content.a" "$build/wire.a" "$build/crypt.a" "$build/os.a" "$build/base.a" -lcrypto -lz -lzstd -lseccomp -larchive || exit 1
exec /usr/bin/python3 test/conformance/content.py "$build/conformance_fields" "$1"
