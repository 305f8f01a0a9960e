#!/bin/sh
# Installs what is missing on Debian 12: names first, then apt, as root or by sudo.
# usage: pkg/deps.sh build|test|bench
set -eu
BUILD="gcc make libc6-dev linux-libc-dev libssl-dev libsqlite3-dev libyaml-dev libjansson-dev libzstd-dev zlib1g-dev libseccomp-dev libarchive-dev libcurl4-openssl-dev libevent-dev ieee-data"
TEST="clang libclang-rt-14-dev libcmocka-dev zstd mandoc iproute2 ethtool iputils-ping procps dsniff ettercap-text-only dnsmasq keepalived busybox openssl curl unzip python3 python3-hl7 dcmtk mosquitto mosquitto-clients libcoap3-bin softhsm2 libengine-pkcs11-openssl opensc nginx-light haproxy wpasupplicant hostapd scep strongswan-pki libstrongswan-extra-plugins eapoltest freeradius strongswan-swanctl strongswan-charon libstrongswan-standard-plugins libcharon-extra-plugins orthanc faketime certbot lego acme-tiny dehydrated uacme pebble python3-cryptography"
BENCH="apache2-utils openssl python3 libpcap-dev libndpi-bin dcmtk tcpdump iproute2 ethtool zstd"
case ${1:-build} in
build) want=$BUILD;;
test) want="$BUILD $TEST";;
bench) want="$BUILD $BENCH";;
*) echo "usage: pkg/deps.sh build|test|bench" >&2; exit 2;;
esac
missing=
for p in $want; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
as=
[ "$(id -u)" = 0 ] || as=sudo
export DEBIAN_FRONTEND=noninteractive
$as apt-get update -qq
# No service of these is wanted running: policy-rc.d would be the host's business, so they are stopped if they started.
# shellcheck disable=SC2086
$as apt-get install -y -qq --no-install-recommends $missing >/dev/null
