"""Long computations and the records of their results."""
