"""Provide the commands that the Makefile runs."""
