"""Draw static and interactive figures."""
