"""Who is notified of an incident, and when."""
