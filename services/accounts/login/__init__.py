"""What lies between a password and a session: the second step, and waiting after failures."""
