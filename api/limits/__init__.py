"""What bounds callers: rate limits, failed logins, admission and mails."""
