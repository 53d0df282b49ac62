"""Source notebooks of assignments, and the student notebooks made from them."""
