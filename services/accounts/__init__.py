"""Users: registration, sessions, second factors, account mails and personal data."""
