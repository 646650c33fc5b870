"""What the pages of messages show, apart from their routes."""
