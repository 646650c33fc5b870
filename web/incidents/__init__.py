"""What the pages of incidents show, apart from their routes."""
