#!/bin/bash
# Makes one database and one owner role per service, and the analyst; runs once, when the server's data are made.
set -euo pipefail

for service in intake routing notify reporting; do
  password="${service^^}_DATABASE_PASSWORD"
  psql --set=ON_ERROR_STOP=1 --quiet --username=postgres --set=name="$service" --set=secret="${!password:?}" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'secret';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done

psql --set=ON_ERROR_STOP=1 --quiet --username=postgres --set=secret="${ANALYST_PASSWORD:?}" <<'SQL'
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
CREATE ROLE analyst LOGIN PASSWORD :'secret' CONNECTION LIMIT 20;
GRANT CONNECT ON DATABASE reporting TO analyst;
ALTER ROLE analyst SET default_transaction_read_only = on;
ALTER ROLE analyst SET statement_timeout = '60s';
ALTER ROLE analyst SET lock_timeout = '2s';
ALTER ROLE analyst SET idle_in_transaction_session_timeout = '60s';
SQL
