"""What every worker is made of: transport, admission, signing, clock and retry."""
