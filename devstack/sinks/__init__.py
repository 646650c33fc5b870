"""Where mails and texts end up in development: a mail server and an SMS gateway that deliver to files."""
