"""A collection on disk: the store, the legs derived from it, and how articles go in."""
