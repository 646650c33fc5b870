"""The forms in which monitors are created and changed."""
