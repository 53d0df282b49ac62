"""Train with several processes."""
