"""Which agencies hear of an event: whoever has the complaint, and all above, as far as they have a stream."""

from contracts.events import Event
from contracts.routing import ComplaintForwarded, ComplaintReopened, ComplaintReturned, OwnershipArbitrated
from contracts.vocabulary import AgencyCode
from routing.domain.tree import Tree

HANDOVERS = (ComplaintForwarded, ComplaintReturned, OwnershipArbitrated, ComplaintReopened)


def holder_after(event: Event, holder: AgencyCode) -> AgencyCode:
    """Say who has the complaint once this has happened."""
    return event.to if isinstance(event, HANDOVERS) else holder


def recipients(tree: Tree, before: AgencyCode, after: AgencyCode) -> tuple[AgencyCode, ...]:
    """List, by code, the streams an event goes to; who gives a complaint away still hears that it left."""
    paths = (*tree.path(before), *tree.path(after))
    return tuple(sorted({agency.code for agency in paths if agency.stream and agency.active}))
