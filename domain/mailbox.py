"""Mailboxes: one has as many addresses as its reader likes, and what limits mails has to count them as one."""

import re

TAG = r"\+[^@]*@"
"""What mail servers leave out of ann+alerts@example.org, as a regular expression of Python and of Postgres."""
DOTLESS = ("gmail.com", "googlemail.com")
"""Names of the one provider that leaves out dots, too, of which the first stands for all."""


def mailbox_of(address: str) -> str:
    """Return the address that stands for all of the same mailbox."""
    bare = re.sub(TAG, "@", address.lower(), count=1)
    local, at, host = bare.rpartition("@")
    return f"{local.replace('.', '')}{at}{DOTLESS[0]}" if host in DOTLESS else bare
