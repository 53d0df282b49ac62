"""Store the results of a class and report them."""
