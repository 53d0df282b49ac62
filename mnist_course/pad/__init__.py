"""The digit pad: the network in JavaScript, for the book and for notebooks."""
