"""Looking a complaint up: what the asker may know, or nothing at all, in the same words and the same time."""

from dataclasses import dataclass

from chassis.decider import Refused
from chassis.event_log import EventLog
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.vocabulary import Name
from intake import credentials
from intake.domain.codes import read_code
from intake.projections.agencies import agency_names
from intake.projections.routed import routed_facts
from intake.projections.story import Story, tell


class NoSuchComplaint(Refused):
    """There is none with this code, or the asker may not know that there is."""


@dataclass(frozen=True, slots=True)
class Found:
    """A complaint as far as the asker may know it."""

    story: Story
    opened: bool
    """Whether the asker has the secret; else every text in the story is None."""
    agencies: dict[str, Name]


@dataclass(frozen=True, slots=True)
class Tracking:
    """Reads complaints for those who follow them."""

    log: EventLog
    keys: KeyStore
    pool: Pool

    async def find(self, typed_code: str, typed_secret: str | None) -> Found:
        """Tell the story: in public without a secret, whole with it.

        Raises `NoSuchComplaint` for an absent code, a wrong secret, and a secret complaint without its secret: one
        look-up and one comparison each, so that neither words nor time tell them apart.
        """
        code = read_code(typed_code) or ""
        row = await self.pool.fetchrow(
            "SELECT complaint_id, secret_hash, hidden FROM complaint_codes WHERE code = $1", code
        )
        opened = credentials.opens(typed_secret, row["secret_hash"] if row else None)
        if row is None or (not opened and (row["hidden"] or typed_secret is not None)):
            raise NoSuchComplaint
        own = [recorded.envelope() for recorded in await self.log.load(row["complaint_id"])]
        routed = await routed_facts(self.pool, row["complaint_id"])
        if opened:
            both = await self.keys.open([*own, *routed])
            own, routed = both[: len(own)], both[len(own) :]
        story = tell(own, routed)
        codes = [step.agency for step in story.timeline if step.agency]
        return Found(story, opened, await agency_names(self.pool, codes))
