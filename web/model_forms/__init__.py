"""Forms that follow from pydantic models, so that a new kind or scheme needs no new template."""
