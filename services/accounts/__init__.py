"""People who log in: registration, sessions, second factors, mails and personal data."""
