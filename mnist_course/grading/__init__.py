"""Grade a class with nbgrader: release assignments, autograde submissions, report scores."""
