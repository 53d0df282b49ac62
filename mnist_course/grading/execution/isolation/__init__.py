"""Run programs in a sandbox with limits of time, memory and processes."""
