"""The one failure the stack raises on purpose: a sentence that says what happened and what to do."""


class StackError(Exception):
    """Carries one clear sentence for the operator; the command line prints it without a traceback."""
