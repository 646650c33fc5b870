"""One file per kind of probe; `probes/registry.py` lists them."""
