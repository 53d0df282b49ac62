"""The command mnist-course."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("mnist-course: nothing to run yet")
