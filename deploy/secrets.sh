#!/usr/bin/env bash
# Makes what compose.yaml needs to be secret, once, into .run/compose, and bearer tokens for people. It is an identity provider
# for one machine: whoever reads its issuer.key can be anybody.
#
#   deploy/secrets.sh                          the secrets of compose.yaml
#   deploy/secrets.sh token SUBJECT ROLE...    a token for a day, on standard output
#
# Roles: agent, handler, supervisor, auditor, privacy_officer, integration, operator, procedure_author, service.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly dir=.run/compose issuer=https://compose.invalid/redress day=86400

# base64url encodes standard input as the parts of a token are.
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# token SUBJECT SECONDS ROLE...: a signed JWT.
token() {
	local subject=$1 life=$2 now roles head body
	shift 2
	now=$(date +%s)
	roles=$(printf ',"%s"' "$@")
	head=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url)
	body=$(printf '{"iss":"%s","aud":"redress","sub":"%s","tenant":"default","roles":[%s],"iat":%d,"exp":%d}' \
		"$issuer" "$subject" "${roles#,}" "$now" "$((now + life))" | base64url)
	printf '%s.%s.%s\n' "$head" "$body" "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$dir/issuer.key" | base64url)"
}

# keyset TYPE PREFIX: a Tink keyset in JSON with one new key of 32 bytes; PREFIX is the protobuf before the key, in hex.
keyset() {
	local id value
	id=$((16#$(openssl rand -hex 3) + 1))
	value=$(printf "$(printf '%s1a20%s' "$2" "$(openssl rand -hex 32)" | sed 's/../\\x&/g')" | openssl base64 -A)
	printf '{"primaryKeyId":%d,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.%s","value":"%s","keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":%d,"outputPrefixType":"%s"}]}' \
		"$id" "$1" "$value" "$id" "$3"
}

umask 077
if [ "${1:-}" = token ]; then
	[ $# -ge 3 ] || { echo "usage: $0 token SUBJECT ROLE..." >&2; exit 2; }
	[ -f "$dir/issuer.key" ] || { echo "no issuer yet: run $0 first" >&2; exit 1; }
	token "$2" "$day" "${@:3}"
	exit
fi

mkdir -p "$dir"
# new FILE: is it still to be made? What exists is never made anew: databases and personal data hang on it.
new() { [ ! -e "$dir/$1" ]; }
new issuer.key && openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$dir/issuer.key"
new issuer.pub && openssl pkey -in "$dir/issuer.key" -pubout -out "$dir/issuer.pub"
new postgres.password && openssl rand -hex 24 >"$dir/postgres.password"
new vault.json && printf '{"wrap":%s,"index":%s}\n' "$(keyset AesGcmKey '' TINK)" "$(keyset HmacPrfKey 12020803 RAW)" >"$dir/vault.json"
for service in intake routing slatimer followup reporting; do
	new "$service.url" && printf 'postgres://%s:%s@postgres/redress?sslmode=disable\n' "$service" "$(openssl rand -hex 24)" >"$dir/$service.url"
	token "$service" $((365 * day)) service >"$dir/$service.token" # for a year: run this script again before it ends
done
# The containers' users are not yours: what keeps others out is the folder.
chmod 0644 "$dir"/*.{url,token,pub,password,json}
echo "secrets are in $dir; keep vault.json: without it personal data cannot be read"
