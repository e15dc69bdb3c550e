#!/bin/bash
# Gives each role of roles.sql the password in its service's secret: the address that the service connects with. Run by the
# Postgres image at the first start, after roles.sql; by hand: PGHOST=… POSTGRES_USER=… POSTGRES_DB=… SECRETS=FOLDER.
set -euo pipefail

for role in intake routing slatimer followup reporting; do
	url=$(<"${SECRETS:-/run/secrets}/${role}_database_url") # postgres://ROLE:PASSWORD@HOST/…
	password=${url#*://*:}
	password=${password%%@*}
	psql -v ON_ERROR_STOP=1 -v role="$role" -v password="$password" --no-psqlrc --quiet \
		--username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<<"ALTER ROLE :\"role\" PASSWORD :'password'"
done
