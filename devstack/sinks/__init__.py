"""The destination of mails and texts in development: an SMTP server and an SMS gateway.

Both write to files.
"""
