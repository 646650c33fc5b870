"""The operator's view: health, metrics, retention, partitions and keys of the whole system."""
