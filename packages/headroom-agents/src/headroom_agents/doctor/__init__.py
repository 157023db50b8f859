"""`headroom doctor`: one file a check, listed in `CHECKS`. May import everything but `attended`."""
