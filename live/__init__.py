"""Server-sent hints to open pages: a process of its own, with no data in it."""
