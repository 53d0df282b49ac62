"""Train the guide's network, and store the reference model."""
