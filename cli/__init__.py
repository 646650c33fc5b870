"""The console script `downtime`."""
