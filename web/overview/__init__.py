"""What the first page shows: what is wrong now, and the first steps of a new organization."""
