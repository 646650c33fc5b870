"""The dashboard: pages for people, in the browser."""
