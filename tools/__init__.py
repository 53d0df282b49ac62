"""Commands that the Makefile calls."""
