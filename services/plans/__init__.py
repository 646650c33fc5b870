"""Plans: what an organization may use, and whether it has to pay."""
