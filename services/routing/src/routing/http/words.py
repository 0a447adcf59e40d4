"""What states, clocks and steps are called on pages."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.areas import path
from contracts.categories import CATEGORIES
from contracts.vocabulary import Classification, Clock, Name, Visibility
from routing.domain.roles import Role
from routing.domain.tree import Tree
from routing.projections.progress import Status

Translate = Callable[[str], str]

TONES: Mapping[str, str] = {
    Status.SUBMITTED: "warn",
    Status.VERIFIED: "info",
    Status.IN_PROGRESS: "info",
    Status.ANSWERED: "good",
    Status.CLOSED: "good",
}
"""How a state is coloured; the word itself always stands beside the colour."""


def statuses(_: Translate) -> dict[str, str]:
    """Name the states of a case."""
    return {
        Status.SUBMITTED: _("Not verified"),
        Status.VERIFIED: _("Verified"),
        Status.IN_PROGRESS: _("In progress"),
        Status.ANSWERED: _("Answered"),
        Status.WITHDRAWN: _("Withdrawn"),
        Status.CLOSED: _("Closed"),
    }


def filters(_: Translate) -> dict[str, str]:
    """Name what the inbox can be asked for."""
    return {
        "open": _("To be dealt with"),
        Status.SUBMITTED: _("Not verified"),
        Status.VERIFIED: _("Verified"),
        Status.IN_PROGRESS: _("In progress"),
        Status.ANSWERED: _("Answered"),
        "ended": _("Ended"),
        "all": _("All"),
    }


def clocks(_: Translate) -> dict[str, str]:
    """Name the deadlines."""
    return {
        Clock.VERIFICATION: _("Verify by"),
        Clock.FIRST_RESPONSE: _("First response by"),
        Clock.REPORTER_REPLY: _("Reporter may reply until"),
        Clock.RESOLUTION: _("Resolve by"),
    }


def classifications(_: Translate) -> dict[str, str]:
    """Name what can be filed."""
    return {
        Classification.COMPLAINT: _("Complaint"),
        Classification.ASPIRATION: _("Aspiration"),
        Classification.INFORMATION_REQUEST: _("Request for information"),
    }


def visibilities(_: Translate) -> dict[str, str]:
    """Name how a complaint was filed."""
    return {
        Visibility.NAMED: _("Filed by name"),
        Visibility.ANONYMOUS: _("Anonymous"),
        Visibility.SECRET: _("Secret"),
    }


def roles(_: Translate) -> dict[str, str]:
    """Name the roles."""
    return {
        Role.NATIONAL_ADMIN: _("National admin"),
        Role.AGENCY_ADMIN: _("Agency admin"),
        Role.UNIT_OFFICER: _("Unit officer"),
        Role.MONITOR: _("Monitor"),
    }


def outcomes(_: Translate) -> dict[str, str]:
    """Name what an officer has just done."""
    return {
        "verifications": _("The case is verified."),
        "forwards": _("The case is forwarded."),
        "responses": _("The answer has been sent to the reporter."),
    }


def area_name(code: str, depth: int = 3) -> str:
    """Name an area with those it lies in, the smallest first; the code itself when nobody knows it."""
    steps = [step.name for step in path(code)]
    return ", ".join(list(reversed(steps[1:] or steps))[:depth]) or code


def category_name(code: str) -> Name:
    """Name a category; the code itself when nobody knows it."""
    known = CATEGORIES.get(code)
    return Name(id=code, en=code) if known is None else known.name


def agency_name(tree: Tree, code: str) -> Name:
    """Name an agency; the code itself when nobody knows it."""
    known = tree.find(code)
    return Name(id=code, en=code) if known is None else known.name


def step_title(step: Mapping[str, Any], _: Translate) -> str:
    """Say in a few words what happened."""
    kind: str = step["type"].removeprefix("id.kentongan.complaint.").rsplit(".", 1)[0]
    final = step["data"].get("final", True)
    known = {
        "filed": _("Filed"),
        "verified": _("Verified"),
        "forwarded": _("Forwarded"),
        "response_given": _("Answered") if final else _("Told how far it is"),
        "evidence_added": _("The reporter added files"),
        "reporter_replied": _("The reporter replied"),
        "withdrawn": _("The reporter withdrew the complaint"),
        "resolution_confirmed": _("The reporter confirmed that it is resolved"),
        "resolution_disputed": _("The reporter disputed the answer"),
        "reporter_erased": _("The reporter asked to be forgotten"),
    }
    return known.get(kind, kind)
