"""What a message states beside its incident: failed checks, the whole outage, the output of a job."""
