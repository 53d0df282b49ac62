"""Execute and autograde submissions in a sandbox, several at a time."""
