"""Recipients: public keys of readers, to which answers and exports are encrypted."""
