"""Rows of the archive: unloaded from the database, and looked up in files."""
