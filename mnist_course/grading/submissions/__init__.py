"""What students hand in: files, names, attempts."""
