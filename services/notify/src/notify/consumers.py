"""What the topics mean to notify: complaints become deliveries, agencies become names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.consumer import Received, Subscription
from chassis.postgres import Connection
from contracts.catalogue import Poison
from contracts.envelope import Context
from contracts.intake import ReporterErased
from contracts.notify import Medium
from contracts.routing import AgencyEvent
from contracts.topics import AGENCIES, COMPLAINTS
from notify import audience, deliveries
from notify.audience import Contact
from notify.deliveries import Told
from notify.domain.delivery import State, queue
from notify.domain.news import TOLD, Complaint, News, remember, reporter_address, tell
from notify.domain.patience import Patience

Now = Callable[[], datetime]


def complaints_subscription(now: Now, patience: Mapping[Medium, Patience]) -> Subscription[Received]:
    """Queue one delivery for each event, person and medium, in the transaction of the offset."""

    async def apply(connection: Connection, received: Sequence[Received]) -> None:
        subjects = {item.subject for item in received}
        batch = _Batch(
            now(),
            patience,
            await audience.complaints(connection, subjects),
            _by_complaint(await audience.contacts(connection, subjects)),
        )
        for item in received:
            batch.take(item)
        await batch.write(connection)

    return Subscription(group="notify.complaints", topics=(COMPLAINTS,), apply=apply, types=TOLD)


def agencies_subscription() -> Subscription[Received]:
    """Keep the names of agencies current."""
    return Subscription(group="notify.agencies", topics=(AGENCIES,), apply=_name_agencies, compacted=True)


@dataclass(slots=True)
class _Batch:
    """What a batch of events adds, gathered first and written with a few statements."""

    now: datetime
    patience: Mapping[Medium, Patience]
    complaints: dict[UUID, Complaint]
    contacts: dict[UUID, list[Contact]]
    told: list[Told] = field(default_factory=list)
    erased: list[UUID] = field(default_factory=list)

    def take(self, item: Received) -> None:
        """Fold one event in."""
        complaint = remember(self.complaints.get(item.subject), item.envelope)
        if complaint is None:
            raise Poison("complaint_unknown", "its filing was not seen")
        self.complaints[item.subject] = complaint
        self._meet_reporter(item)
        if isinstance(item.event, ReporterErased):
            self.erased.append(item.subject)
        self._tell(complaint, item)

    def _meet_reporter(self, item: Received) -> None:
        address = reporter_address(item.envelope)
        if address is not None and not self.contacts.get(item.subject):
            self.contacts[item.subject] = [Contact(item.subject, Medium.EMAIL, item.subject, address)]

    def _tell(self, complaint: Complaint, item: Received) -> None:
        news = tell(complaint, item.envelope)
        people = self.contacts.get(complaint.id, [])
        if news is not None and people:
            states = [self._begin(news, contact, complaint) for contact in people]
            context = Context(correlationid=item.envelope.correlationid, traceparent=item.envelope.traceparent)
            self.told.append(Told(news, context, list(zip(people, states, strict=True))))

    def _begin(self, news: News, contact: Contact, complaint: Complaint) -> State:
        life = self.patience[contact.medium].life
        return queue(news.happened_at, self.now, life, erased=complaint.erased)

    async def write(self, connection: Connection) -> None:
        """Write everything; what is there already stays as it is, so a redelivery changes nothing."""
        await audience.remember(connection, list(self.complaints.values()))
        await audience.add_contacts(connection, [each for known in self.contacts.values() for each in known])
        await deliveries.add(connection, self.told, self.now)
        if self.erased:
            await audience.erase(connection, self.erased)
            await deliveries.suppress_erased(connection, self.erased, self.now)


def _by_complaint(contacts: Sequence[Contact]) -> dict[UUID, list[Contact]]:
    found: dict[UUID, list[Contact]] = {}
    for contact in contacts:
        found.setdefault(contact.complaint, []).append(contact)
    return found


async def _name_agencies(connection: Connection, received: Sequence[Received]) -> None:
    newest = {item.event.code: item.event.name for item in received if isinstance(item.event, AgencyEvent)}
    await connection.execute(
        "INSERT INTO agencies (code, name_id, name_en)"
        " SELECT code, name_id, name_en"
        " FROM unnest($1::text[], $2::text[], $3::text[]) AS given (code, name_id, name_en)"
        " ON CONFLICT (code) DO UPDATE SET name_id = excluded.name_id, name_en = excluded.name_en",
        list(newest),
        [name.id for name in newest.values()],
        [name.en for name in newest.values()],
    )
