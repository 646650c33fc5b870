"""Privacy: what is stored of whom and why, its export, and its end."""
