"""Limits on callers: rate limits, failed logins, admission and mails."""
