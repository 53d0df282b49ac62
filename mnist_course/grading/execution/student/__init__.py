"""The student's process: a Jupyter kernel in a sandbox, which answers the tests' requests."""
