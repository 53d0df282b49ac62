"""Submitted files: reading them, student ids, the attempt to grade."""
