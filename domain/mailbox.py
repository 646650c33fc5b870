"""Mailboxes: one mailbox has any number of addresses, and mail limits must count them as one."""

import re

TAG = r"\+[^@]*@"
"""The tag of ann+alerts@example.org, which mail servers ignore. The syntax suits Python and
Postgres.
"""
DOTLESS = ("gmail.com", "googlemail.com")
"""The domains of the one provider that also ignores dots. The first one stands for all."""


def mailbox_of(address: str) -> str:
    """Return the one address that represents every address of the same mailbox."""
    bare = re.sub(TAG, "@", address.lower(), count=1)
    local, at, host = bare.rpartition("@")
    return f"{local.replace('.', '')}{at}{DOTLESS[0]}" if host in DOTLESS else bare
