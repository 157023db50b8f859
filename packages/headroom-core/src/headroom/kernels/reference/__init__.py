"""Plain, slow, obvious twins of the kernels. Used by tests only."""
