"""What the pages of maintenance show, and how their form is read."""
