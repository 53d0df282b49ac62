"""Source notebooks, and the notebooks made from them."""
