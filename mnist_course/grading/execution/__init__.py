"""Run student code in a sandbox, many submissions at a time."""
