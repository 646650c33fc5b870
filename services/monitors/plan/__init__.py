"""What the plan of an organization means for its monitors."""
