"""What the pages of monitors show."""
