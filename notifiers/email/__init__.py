"""Email: alerts, account mails and mails to the operator, over one SMTP client."""
