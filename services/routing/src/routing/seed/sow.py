"""`python -m routing seed`: brings tree and accounts to what the seed file says; a second time changes nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from chassis.event_log import Append, EventLog
from chassis.service import Runtime
from routing.accounts import Accounts
from routing.clock import Clock, now
from routing.domain.agency import agency_of, decide
from routing.domain.tree import Tree
from routing.registry import Snapshot, Trees, append_of, command_for, state_of
from routing.seed import plan
from routing.seed.plan import Wish
from routing.settings import Settings

log = structlog.get_logger()


async def seed(runtime: Runtime[Any], _: Sequence[str]) -> int:
    """Seed; the exit code is 2 when no password was given for the accounts."""
    settings: Settings = runtime.settings
    if settings.seed_password is None:
        log.error("seed_password_missing", setting="ROUTING_SEED_PASSWORD")
        return 2
    snapshot = await Trees(runtime.pool).snapshot()
    agencies = await sow(runtime.log, snapshot, plan.agencies(), now)
    accounts = await Accounts(runtime.pool).keep(plan.accounts(), settings.seed_password.get_secret_value())
    log.info("seeded", agencies_changed=agencies, accounts_changed=accounts)
    return 0


async def sow(event_log: EventLog, snapshot: Snapshot, wishes: Sequence[Wish], clock: Clock) -> int:
    """Append what is missing, all at once: the log commits together what waits together. Returns how many changed."""
    appends = plan_appends(snapshot, wishes, clock)
    await asyncio.gather(*(event_log.append(append) for append in appends))
    return len(appends)


def plan_appends(snapshot: Snapshot, wishes: Sequence[Wish], clock: Clock) -> list[Append]:
    """Decide on each agency with those before it already in the tree."""
    agencies = dict(snapshot.tree.agencies)
    appends: list[Append] = []
    for wish in wishes:
        tree = Tree(agencies)
        events = decide(command_for(wish.code, wish.charter, tree), state_of(wish.code, tree))
        if events:
            appends.append(append_of(wish.code, events, snapshot.versions.get(wish.code, 0), clock))
            agencies[wish.code] = agency_of(events[-1])
    return appends
