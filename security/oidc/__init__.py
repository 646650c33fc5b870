"""OpenID Connect, as a relying party: the provider's metadata, its tokens, and what they claim."""
