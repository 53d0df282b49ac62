"""Training runs, and what is stored of them."""
