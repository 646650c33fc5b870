"""Message templates: an organization's own wording."""
