"""Organizations, which are the tenants: their settings, invitations and deletion."""
