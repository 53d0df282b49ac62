"""nbgrader's converters, with the exception kept that nbgrader only logs."""

import os
import sysconfig
import warnings

from nbgrader import converters
from sqlalchemy.exc import SAWarning

# nbgrader works with SQLAlchemy 2, but a warning is printed for every submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

# nbgrader calls the program `alembic` by name, and the environment need not be activated.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])


class _KeepErrorMixin:
    """Keep the last exception of a converter.

    Attributes
    ----------
    last_error : Exception or None
        The last exception raised.
    """

    last_error: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare an assignment and keep an exception."""
        try:
            super().init_assignment(assignment_id, student_id)
        except Exception as error:
            self.last_error = error
            raise

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook and keep an exception."""
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.last_error = error
            raise


class NbgraderAutograder(_KeepErrorMixin, converters.Autograde):
    """Autograde submissions."""


class NbgraderAssignmentGenerator(_KeepErrorMixin, converters.GenerateAssignment):
    """Add an assignment to a gradebook and make its student notebook."""


class NbgraderFeedbackGenerator(_KeepErrorMixin, converters.GenerateFeedback):
    """Make the feedback pages of an assignment."""
