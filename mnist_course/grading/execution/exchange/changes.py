"""Stub."""
def watch_arguments(arguments):
    return lambda: None
def apply_changes(arguments, changes):
    return lambda: None
