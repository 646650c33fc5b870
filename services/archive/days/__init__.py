"""Days of the archive: sealed, published, dropped from the database, and restored to it."""
