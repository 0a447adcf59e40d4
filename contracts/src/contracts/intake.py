"""Events of intake: what citizens do."""

from uuid import UUID

from pydantic import Field

from contracts.events import Audience, Event, Owner, wire_type
from contracts.topics import COMPLAINTS
from contracts.vocabulary import (
    AreaCode,
    Attachment,
    CategoryCode,
    Channel,
    Classification,
    ComplaintText,
    Due,
    IncidentDay,
    Instant,
    Language,
    Point,
    ReporterText,
    Visibility,
)


class IntakeEvent(Event):
    """Written by intake to topic `complaints`, subject = complaint id."""

    owner = Owner.INTAKE
    audience = Audience.PUBLIC
    topic = COMPLAINTS


class ComplaintFiled(IntakeEvent):
    """A citizen filed a complaint, aspiration or information request; it is now owed an answer."""

    type = wire_type("complaint.filed")

    code: str = Field(description="Public code, e.g. `KTG-35.04-7K2M-9QX4`; safe to say aloud, gives no access.")
    classification: Classification
    category: CategoryCode
    area: AreaCode
    visibility: Visibility
    channel: Channel
    language: Language
    title: ComplaintText = Field(description="The matter in one line.")
    description: ComplaintText = Field(description="What happened, in the reporter's words.")
    address: ComplaintText | None = Field(None, description="Where, in the reporter's words.")
    happened_on: IncidentDay | None = None
    point: Point | None = Field(None, description="Position; absent for secret complaints, see `sealed_point`.")
    sealed_point: ComplaintText | None = Field(None, description="Position of a secret complaint: JSON of a Point.")
    reporter_name: ReporterText | None = Field(None, description="Who filed it.")
    reporter_email: ReporterText | None = Field(None, description="Where to write to the reporter.")
    reporter_phone: ReporterText | None = Field(None, description="E.164, e.g. `+6281234567890`.")
    attachments: tuple[Attachment, ...] = Field((), description="Files sent with it.")
    dues: tuple[Due, ...] = Field(description="Deadlines promised to the reporter when it was filed.")


class EvidenceAdded(IntakeEvent):
    """The reporter added files to a complaint."""

    type = wire_type("complaint.evidence_added")

    attachments: tuple[Attachment, ...] = Field(min_length=1, description="The added files.")
    note: ComplaintText | None = Field(None, description="What they show.")


class ReporterReplied(IntakeEvent):
    """The reporter answered the agency, or completed what was missing."""

    type = wire_type("complaint.reporter_replied")

    text: ComplaintText = Field(description="The reply.")
    attachments: tuple[Attachment, ...] = Field((), description="Files sent with it.")


class ComplaintWithdrawn(IntakeEvent):
    """The reporter took the complaint back."""

    type = wire_type("complaint.withdrawn")

    reason: ComplaintText | None = Field(None, description="Why, when the reporter said so.")


class ComplaintSupported(IntakeEvent):
    """Somebody else has the same problem ("saya juga mengalami")."""

    type = wire_type("complaint.supported")

    supporter: UUID = Field(description="Opaque id of the support, never of a person.")
    supporters: int = Field(ge=1, description="How many supports the complaint has, this one included.")


class ResolutionConfirmed(IntakeEvent):
    """The reporter says that the matter is resolved."""

    type = wire_type("complaint.resolution_confirmed")

    confirmed_at: Instant = Field(description="When the reporter said it.")


class ResolutionDisputed(IntakeEvent):
    """The reporter says that the answer does not resolve the matter."""

    type = wire_type("complaint.resolution_disputed")

    reason: ComplaintText = Field(description="What is not resolved.")


class ResponseRated(IntakeEvent):
    """The reporter rated how the complaint was handled."""

    type = wire_type("complaint.response_rated")

    rating: int = Field(ge=1, le=5, description="1 (very bad) to 5 (very good).")
    comment: ComplaintText | None = Field(None, description="What the reporter adds to the number.")


class ReporterErased(IntakeEvent):
    """The reporter asked to be forgotten: the data key is destroyed, every service scrubs its tables."""

    type = wire_type("complaint.reporter_erased")

    requested_at: Instant = Field(description="When the reporter asked.")
