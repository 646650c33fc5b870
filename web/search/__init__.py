"""The answers of the search and of the command palette."""
