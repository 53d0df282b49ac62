"""Share code between tools and tests."""
