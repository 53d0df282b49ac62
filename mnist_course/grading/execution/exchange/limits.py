"""Largest size of what two processes send to each other."""

from mnist_course.grading.execution.isolation.limits import MEGABYTE

MAX_BYTES = 64 * MEGABYTE
# Parsed JSON takes up to 25 times the memory of its text, such as `[[],[],...]`.
MAX_JSON_BYTES = 8 * MEGABYTE
MAX_PARTS = 300_000
MAX_DEPTH = 30
MAX_INTEGER_BITS = 14_000  # Python converts integers of up to 4,300 digits to text
