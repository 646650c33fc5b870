"""Multistep checks: several HTTP requests of one check, and the values carried between them."""
