"""Figures, static and interactive."""
