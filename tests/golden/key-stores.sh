#!/usr/bin/env bash
# Writes the key and trust stores that host/src/key_store/tests.rs reads, with the JDK's keytool: key-stores.sh DIR
set -euo pipefail

export LC_ALL=C.UTF-8
cd "${1:?a directory is needed}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ec=(-keyalg EC -groupname secp256r1 -validity 36500)
ca=(-alias ca -storepass changeit -keystore "$work/ca.p12")
keytool -genkeypair "${ca[@]}" -dname CN=ca -ext bc:c "${ec[@]}"
keytool -exportcert -rfc "${ca[@]}" >ca.pem

# key FILE TYPE STORE_PASSWORD KEY_PASSWORD [OPTION]: a key with its chain, and the certificate that it trusts.
key() {
  local store=(-keystore "$1" -storetype "$2" -storepass "$3")
  shift 3
  local secret=$1
  shift
  keytool -genkeypair -alias me -dname CN=me "${ec[@]}" "${store[@]}" -keypass "$secret" "$@"
  keytool -certreq -alias me "${store[@]}" -keypass "$secret" |
    keytool -gencert -rfc -validity 36500 "${ca[@]}" >"$work/me.pem"
  keytool -importcert -noprompt -alias ca -file ca.pem "${store[@]}" "$@"
  keytool -importcert -noprompt -alias me -file "$work/me.pem" "${store[@]}" -keypass "$secret" "$@"
}

rm -f ./*.jks ./*.p12 ./*.jceks
key key.jks JKS 'store-Größe€' key-secret
key key.p12 PKCS12 store-secret store-secret
# As JDKs before 16 write it.
key legacy.p12 PKCS12 store-secret store-secret -J-Dkeystore.pkcs12.legacy
for kind in JKS:trust.jks PKCS12:trust.p12 JCEKS:other.jceks; do
  keytool -importcert -noprompt -alias ca -file ca.pem -storetype "${kind%:*}" -keystore "${kind#*:}" -storepass store-secret
done
