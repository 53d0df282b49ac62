"""Points, their report and the feedback."""
