"""The path of one check through the database: dispatch, record, outages."""
