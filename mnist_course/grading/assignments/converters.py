"""nbgrader's converters, which log the error of a notebook and go on; here it is kept."""

import os
import sysconfig
import warnings

from nbgrader import converters
from sqlalchemy.exc import SAWarning

# nbgrader's way with SQLAlchemy 2 works, and says so at length with every submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

# nbgrader calls the program alembic by its bare name, and the environment need not be activated.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])


class _Keeping:
    """Remembers what was raised.

    Attributes
    ----------
    raised : Exception or None
        The last error.
    """

    raised: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare an assignment and keep what that raises."""
        try:
            super().init_assignment(assignment_id, student_id)
        except Exception as error:
            self.raised = error
            raise

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook and keep what it raises."""
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.raised = error
            raise


class Autograder(_Keeping, converters.Autograde):
    """Grades submissions."""


class AssignmentGenerator(_Keeping, converters.GenerateAssignment):
    """Enters an assignment into a gradebook and makes its student's notebooks."""
