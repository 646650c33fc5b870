"""What every request passes: its host, its size, its log line and its transaction."""
