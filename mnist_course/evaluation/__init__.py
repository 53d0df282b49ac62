"""Evaluate a trained network: errors, calibration, attribution, out-of-distribution inputs."""
