"""The archive: sealed days of checks as Parquet files in an object store."""
