"""What an account can see at all: cases and agencies in its own part of the tree."""

from routing.accounts import Viewer
from routing.domain.case_state import Unknown
from routing.domain.refusals import CaseIsNotKnown
from routing.domain.tree import Tree
from routing.story import Story


def require_in_reach(told: Story, viewer: Viewer, tree: Tree) -> None:
    """Raise `CaseIsNotKnown` unless the case is with the viewer's agency or below: a foreign one looks like none."""
    state = told.state
    if isinstance(state, Unknown) or not tree.oversees(viewer.agency, state.desk.holder):
        raise CaseIsNotKnown
