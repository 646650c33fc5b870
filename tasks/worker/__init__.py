"""The parts of every worker: transport, admission, signing, clock and retry."""
