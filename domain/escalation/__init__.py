"""Steps of an escalation policy, and what a changed policy means for an open incident."""
