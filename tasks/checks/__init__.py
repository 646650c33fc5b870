"""The check task and the pipeline that its messages stream through."""
