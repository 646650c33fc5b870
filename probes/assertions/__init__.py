"""What a user may demand of an answer besides its status: one class per type of assertion."""
