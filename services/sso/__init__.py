"""Single sign-on: connections to identity providers, identities, and logins by them."""
