"""The audit log: who did what, recorded in the transaction of the act."""
