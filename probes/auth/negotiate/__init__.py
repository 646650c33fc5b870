"""The scheme `negotiate` (SPNEGO, Kerberos) on the GSSAPI library of the system."""
