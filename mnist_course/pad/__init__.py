"""The digit pad: the network in JavaScript, for the book's pages and for notebooks."""
