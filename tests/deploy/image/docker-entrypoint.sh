#!/bin/sh
# What the script of this name does in the image of Postgres, as far as these settings reach: it makes
# the owner and the database at the first start, and becomes the server. Here that waits for no disk.
set -eu
shift
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --encoding=UTF8 --locale=C --no-sync >/dev/null
    echo "fsync = off" >>"$PGDATA/postgresql.conf"
    echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec postgres -k "$PGHOST" "$@"
