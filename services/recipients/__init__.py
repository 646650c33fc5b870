"""Recipients: readers' public keys that answers and exports are encrypted to."""
