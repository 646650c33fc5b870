"""Who is on duty: layers and the schedule they form."""
