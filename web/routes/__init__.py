"""The pages, one file per noun of the application."""
