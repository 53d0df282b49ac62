"""The tester process, which runs the tests of an assignment and never student code."""
