"""Load, check, prepare and corrupt digit images."""
