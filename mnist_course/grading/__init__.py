"""Grade a class: release student notebooks, grade what comes back, report on it."""
