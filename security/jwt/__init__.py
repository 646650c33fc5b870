"""JWT, JWK, JWS and JWE: tokens, their keys, and answers signed and encrypted."""
