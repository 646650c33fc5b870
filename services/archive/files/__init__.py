"""The files of the archive: their columns, encoding, names, manifests and object store."""
