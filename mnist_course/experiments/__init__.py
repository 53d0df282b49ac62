"""Run long computations and store records of their results."""
