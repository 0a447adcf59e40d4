"""Events of notify: what was told to whom, and whether it arrived."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.events import Audience, Event, Owner, wire_type
from contracts.topics import NOTIFICATIONS


class Medium(StrEnum):
    """How a person is reached."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEBHOOK = "webhook"


class NotifyEvent(Event):
    """Written by notify to topic `notifications`, subject = notification id."""

    owner = Owner.NOTIFY
    audience = Audience.AGENCY
    topic = NOTIFICATIONS

    complaint: UUID = Field(description="Id of the complaint it is about.")
    cause: UUID = Field(description="Id of the event that is told.")
    message: str = Field(description="Which message, e.g. `complaint-filed`.")
    medium: Medium
    attempt: int = Field(ge=1, description="Which try this was, from 1.")


class NotificationSent(NotifyEvent):
    """The receiving server took the message."""

    type = wire_type("notification.sent")


class NotificationFailed(NotifyEvent):
    """The message could not be delivered and will not be tried again."""

    type = wire_type("notification.failed")

    reason: str = Field(description="Machine word for the reason, e.g. `rejected`, `expired`.")
