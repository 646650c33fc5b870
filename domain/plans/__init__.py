"""Plans: what an organization may use, what it used, and what its payments mean."""
