"""Who may do what: roles, and the acts each one allows."""

from enum import StrEnum


class Role(StrEnum):
    """What an account is trusted with, inside its own agency and the ones below."""

    NATIONAL_ADMIN = "national_admin"
    AGENCY_ADMIN = "agency_admin"
    UNIT_OFFICER = "unit_officer"
    MONITOR = "monitor"


class Act(StrEnum):
    """Something an account may want to do."""

    SEE = "see"
    SEE_REPORTER = "see_reporter"
    VERIFY = "verify"
    FORWARD = "forward"
    RESPOND = "respond"


_ALLOWED: dict[Role, frozenset[Act]] = {
    Role.NATIONAL_ADMIN: frozenset(Act),
    Role.AGENCY_ADMIN: frozenset(Act),
    Role.UNIT_OFFICER: frozenset({Act.SEE, Act.SEE_REPORTER, Act.FORWARD, Act.RESPOND}),
    Role.MONITOR: frozenset({Act.SEE}),
}


def may(role: Role, act: Act) -> bool:
    """Say whether the role allows the act; what is not listed is denied."""
    return act in _ALLOWED[role]
