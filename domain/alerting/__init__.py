"""What an alert is, and when nobody may be disturbed."""
