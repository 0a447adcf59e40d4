"""Cases as programs and pages see them: what lists and single cases say, within the viewer's reach."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.intake import ComplaintFiled
from contracts.vocabulary import AgencyCode
from routing import story
from routing.accounts import Viewer
from routing.desk import Desk
from routing.domain.suggestion import Suggestion, suggest
from routing.domain.tree import ROOT, Tree
from routing.opening import open_all, titles
from routing.projections import inbox
from routing.projections.inbox import Line, Wanted
from routing.projections.progress import ENDED, OPEN, Progress, Status, progress_of
from routing.reach import require_in_reach
from routing.story import Story

STATES: Mapping[str, Sequence[Status]] = {
    "open": OPEN,
    **{status.value: (status,) for status in Status},
    "ended": ENDED,
    "all": tuple(Status),
}
"""What one may ask the inbox for, by name."""

PARTS = ("title", "description", "address", "reporter_name", "reporter_email", "reporter_phone")


def holders(tree: Tree, viewer: Viewer, agency: AgencyCode | None = None) -> list[AgencyCode] | None:
    """List the agencies whose cases the viewer may see, or those of them that were asked for; None means all."""
    wanted = agency or viewer.agency
    if not tree.oversees(viewer.agency, wanted):
        return []
    return None if wanted == ROOT else [wanted, *(unit.code for unit in tree.below(wanted))]


async def listed(desk: Desk, wanted: Wanted, tree: Tree) -> list[tuple[Line, dict[str, Any]]]:
    """Read a page of the inbox, with what programs are told of each case."""
    lines = await inbox.page(desk.pool, wanted)
    named = await titles(desk.pool, desk.keys, [line.id for line in lines])
    return [(line, _line(line, named.get(line.id), tree)) for line in lines]


def _line(line: Line, title: str | None, tree: Tree) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "code": line.code,
        "title": title,
        "classification": line.classification.value,
        "category": line.category,
        "area": line.area,
        "visibility": line.visibility.value,
        "status": line.status.value,
        "holder": line.holder,
        "hops": line.hops,
        "filed_at": line.filed_at.isoformat(),
        "next_due": None
        if line.next_clock is None or line.next_due is None
        else {"clock": line.next_clock.value, "at": line.next_due.isoformat()},
        "suggested": suggestion_json(suggest(tree, line.holder, line.area, line.category)),
        "version": line.version,
    }


def suggestion_json(suggestion: Suggestion | None) -> dict[str, str] | None:
    """Spell a suggestion."""
    if suggestion is None:
        return None
    return {"agency": suggestion.agency, "reason": suggestion.reason.value}


async def load_in_reach(desk: Desk, case: UUID, viewer: Viewer) -> tuple[Story, Progress, Tree]:
    """Load a case; raises `CaseIsNotKnown` for a foreign one as for none at all."""
    told, tree = await story.load(desk.pool, case), await desk.trees.current()
    require_in_reach(told, viewer, tree)
    progress = progress_of(told.facts)
    assert progress is not None  # noqa: S101 - a case in reach has been filed
    return told, progress, tree


async def shown(desk: Desk, case: UUID, viewer: Viewer) -> dict[str, Any]:
    """Spell one case with its story."""
    told, progress, tree = await load_in_reach(desk, case, viewer)
    timeline = await open_all(desk.keys, told.steps, viewer)
    filing = next(step["data"] for step in timeline if step["type"] == ComplaintFiled.type)
    return {
        **progress.describe(case),
        **{name: filing[name] for name in ("code", "area", "visibility", "channel", "language")},
        "filed_at": told.steps[0].time.isoformat(),
        **{name: filing.get(name) for name in PARTS[:3]},
        "happened_on": filing.get("happened_on"),
        "reporter": {name.removeprefix("reporter_"): filing.get(name) for name in PARTS[3:]},
        "erased": progress.erased,
        "suggested": suggestion_json(suggest(tree, progress.holder, filing["area"], progress.category)),
        "timeline": [{"version": version, **step} for version, step in enumerate(timeline, 1)],
    }
