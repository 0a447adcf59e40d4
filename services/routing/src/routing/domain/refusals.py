"""What the rules of a case refuse: one class per rule, with the facts that the answer needs."""

from dataclasses import dataclass
from datetime import datetime

from chassis.decider import Refused
from contracts.vocabulary import AgencyCode, CategoryCode, Classification, Outcome


class CaseIsNotKnown(Refused):
    """There is no such case."""


@dataclass(eq=False)
class CaseIsNotYours(Refused):
    """The case is neither with this agency nor with one below it."""

    agency: AgencyCode


@dataclass(eq=False)
class CaseIsWithdrawn(Refused):
    """The reporter took the complaint back."""


@dataclass(eq=False)
class CaseIsClosed(Refused):
    """The case has ended."""

    outcome: Outcome


@dataclass(eq=False)
class CaseIsNotVerified(Refused):
    """It has to be verified first."""


@dataclass(eq=False)
class CaseIsVerifiedAlready(Refused):
    """It was verified before, with another class or category."""

    classification: Classification
    category: CategoryCode


@dataclass(eq=False)
class CaseIsAnswered(Refused):
    """The final answer has been given; the reporter's reply comes next."""

    by: AgencyCode


@dataclass(eq=False)
class AgencyIsNotKnown(Refused):
    """There is no such agency, or it has been retired."""

    agency: AgencyCode


@dataclass(eq=False)
class AgencyIsNotBelow(Refused):
    """A case is forwarded down the tree only."""

    agency: AgencyCode
    above: AgencyCode


@dataclass(eq=False)
class DecisionIsTooEarly(Refused):
    """The decision is dated before the case came to the desk on which it was made."""

    at: datetime
    since: datetime


@dataclass(eq=False)
class ReporterIsErased(Refused):
    """The reporter asked to be forgotten: nothing more can be written to them."""
