"""Events of routing: what agencies do."""

from uuid import UUID

from pydantic import Field

from contracts.events import Audience, Event, Owner, wire_type
from contracts.topics import AGENCIES, COMPLAINTS
from contracts.vocabulary import (
    Actor,
    AgencyCode,
    ArchiveReason,
    AreaCode,
    Attachment,
    CategoryCode,
    Classification,
    Clock,
    ComplaintText,
    Due,
    HoldReason,
    Instant,
    Name,
    Outcome,
)


class AgencyEvent(Event):
    """Written by routing to topic `agencies` (compacted): each one carries the whole agency."""

    owner = Owner.ROUTING
    audience = Audience.PUBLIC
    topic = AGENCIES

    code: AgencyCode
    name: Name = Field(description="What it is called.")
    parent: AgencyCode | None = Field(None, description="The agency above; absent only for the national root.")
    tier: int = Field(ge=0, le=12, description="Depth in the tree, 0 = national.")
    areas: tuple[AreaCode, ...] = Field((), description="Areas it covers, with all areas below them.")
    categories: tuple[CategoryCode, ...] = Field((), description="Categories it handles; empty = any.")
    role_label: Name | None = Field(None, description="What its officers are called.")
    contact: str | None = Field(None, description="Public contact of the office, never of a person.")
    stream: bool = Field(False, description="Whether events are also published to topic `agency.<code>`.")
    training: bool = Field(False, description="A sandbox: never in public figures or open data.")
    active: bool = Field(True, description="False once it is retired: it gets no more complaints.")


class AgencyRegistered(AgencyEvent):
    """An agency joined the tree."""

    type = wire_type("agency.registered")


class AgencyChanged(AgencyEvent):
    """An agency was renamed, moved, retired or given other duties; the fields are its state from now on."""

    type = wire_type("agency.changed")


class RoutingEvent(Event):
    """Written by routing to topic `complaints`, subject = complaint id."""

    owner = Owner.ROUTING
    audience = Audience.PUBLIC
    topic = COMPLAINTS


class ComplaintVerified(RoutingEvent):
    """An officer found the complaint complete and in scope."""

    type = wire_type("complaint.verified")

    by: Actor
    classification: Classification
    category: CategoryCode
    title: ComplaintText | None = Field(None, description="Title cleaned for the public, when it was changed.")


class ComplaintHeld(RoutingEvent):
    """An officer asked the reporter to complete something; the clock waits."""

    type = wire_type("complaint.held")

    by: Actor
    reason: HoldReason
    question: ComplaintText = Field(description="What the officer asks.")
    due: Due = Field(description="Until when the reporter can answer.")


class ComplaintArchived(RoutingEvent):
    """A complaint was set aside for good, with a reason that is public."""

    type = wire_type("complaint.archived")

    by: Actor
    reason: ArchiveReason
    explanation: ComplaintText | None = Field(None, description="The reason in the officer's words.")


class ComplaintForwarded(RoutingEvent):
    """A complaint was sent to the agency that shall handle it (disposisi)."""

    type = wire_type("complaint.forwarded")

    by: Actor
    to: AgencyCode
    hop: int = Field(ge=1, description="How many times it has changed hands, this one included.")
    held_seconds: int = Field(ge=0, description="How long the sender had it, seconds.")
    dues: tuple[Due, ...] = Field((), description="Deadlines that begin with this hop.")
    note: ComplaintText | None = Field(None, description="What the sender adds for the receiver.")


class ComplaintReturned(RoutingEvent):
    """An agency gave the complaint back to the one above: not its authority (bukan wewenang)."""

    type = wire_type("complaint.returned")

    by: Actor
    to: AgencyCode
    hop: int = Field(ge=1, description="How many times it has changed hands, this one included.")
    held_seconds: int = Field(ge=0, description="How long the sender had it, seconds.")
    refusals: int = Field(ge=1, description="How many agencies have refused it so far.")
    reason: ComplaintText = Field(description="Why it is not theirs.")


class OwnershipArbitrated(RoutingEvent):
    """A common superior decided who handles it; the assignment is binding."""

    type = wire_type("complaint.ownership_arbitrated")

    by: Actor
    to: AgencyCode
    hop: int = Field(ge=1, description="How many times it has changed hands, this one included.")
    reason: ComplaintText = Field(description="Why it is theirs.")


class ComplaintAssigned(RoutingEvent):
    """An officer inside the agency took it or was given it."""

    type = wire_type("complaint.assigned")
    audience = Audience.AGENCY

    by: Actor
    officer: UUID = Field(description="Opaque id of the officer who handles it now.")


class NoteAdded(RoutingEvent):
    """An internal note; it never leaves the agency."""

    type = wire_type("complaint.note_added")
    audience = Audience.INTERNAL

    by: Actor
    text: ComplaintText = Field(description="The note.")


class ResponseGiven(RoutingEvent):
    """The agency answered the reporter."""

    type = wire_type("complaint.response_given")

    by: Actor
    text: ComplaintText = Field(description="The answer.")
    final: bool = Field(description="Whether the agency holds the matter resolved by this answer.")
    attachments: tuple[Attachment, ...] = Field((), description="Files sent with it.")
    reply_due: Due | None = Field(None, description="Until when the reporter can reply before silence closes it.")


class DeadlineMissed(RoutingEvent):
    """A clock ran out before what it waits for was done."""

    type = wire_type("complaint.deadline_missed")

    clock: Clock
    due_at: Instant = Field(description="When it ran out.")
    agency: AgencyCode = Field(description="Who had it when the clock ran out.")
    policy: str = Field(description="Version of the policy file that set the deadline.")


class ComplaintEscalated(RoutingEvent):
    """The agency above was called in because a clock ran out."""

    type = wire_type("complaint.escalated")

    agency: AgencyCode = Field(description="Who was late.")
    to: AgencyCode = Field(description="Who now watches over it.")
    clock: Clock
    level: int = Field(ge=1, description="How many tiers up, counted over the whole complaint.")


class ComplaintLinked(RoutingEvent):
    """The complaint is about the same matter as another; one answer reaches both."""

    type = wire_type("complaint.linked")

    by: Actor
    primary: UUID = Field(description="Id of the complaint that is answered for all.")


class ComplaintReopened(RoutingEvent):
    """A closed or answered complaint is being worked on again."""

    type = wire_type("complaint.reopened")

    by: Actor | None = Field(None, description="Absent when the reporter's dispute reopened it by rule.")
    to: AgencyCode
    dues: tuple[Due, ...] = Field((), description="Deadlines that begin anew.")


class ComplaintClosed(RoutingEvent):
    """The complaint ended, with an outcome that says how."""

    type = wire_type("complaint.closed")

    by: Actor | None = Field(None, description="Absent when a rule closed it, such as silence.")
    outcome: Outcome
    agency: AgencyCode | None = Field(None, description="Who had it at the end.")
