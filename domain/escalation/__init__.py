"""The steps of an escalation policy, and the effect of a policy change on an open incident."""
