"""The forms in which credentials are created and changed."""
