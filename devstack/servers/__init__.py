"""The embedded Postgres and Redis of this machine: their files, users and passwords."""
