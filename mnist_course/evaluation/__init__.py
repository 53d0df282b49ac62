"""What a trained network gets right, how sure it is, and why."""
