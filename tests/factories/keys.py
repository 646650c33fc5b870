"""The key ring that tests seal with, and another key to take its place."""

from security.vault import KeyRing

K1 = "k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
K2 = "k2:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
RING = KeyRing.parse(K1)
