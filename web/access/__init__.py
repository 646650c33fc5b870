"""What the pages of projects, teams and roles offer to choose from."""
