"""What the templates are given: one function per page, everything in it already allowed to the viewer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request

from chassis.pages import language_of, say
from contracts.categories import CATEGORIES
from contracts.clocks import zone_of
from contracts.vocabulary import Name
from routing.accounts import Viewer
from routing.desk import Desk
from routing.domain.roles import Act
from routing.domain.tree import Tree
from routing.http import words
from routing.http.cursors import cursor_of, read_cursor
from routing.http.views import STATES, holders, listed, shown
from routing.projections import inbox
from routing.projections.inbox import Line, Wanted
from routing.projections.progress import OPEN, Status

PAGE = 25

LABELS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

OFFERED: Mapping[Status, tuple[Act, ...]] = {
    Status.SUBMITTED: (Act.VERIFY,),
    Status.VERIFIED: (Act.FORWARD, Act.RESPOND),
    Status.IN_PROGRESS: (Act.RESPOND, Act.FORWARD),
}
"""Which forms a case in this state has, the likelier first."""

Context = dict[str, Any]


async def of_inbox(desk: Desk, request: Request, viewer: Viewer, state: str, after: str | None) -> Context:
    """Gather the inbox."""
    tree, _ = await desk.trees.current(), desk.pages.gettext(request)
    mine = holders(tree, viewer)
    page = await listed(desk, Wanted(mine, STATES[state], PAGE, read_cursor(after)), tree)
    now = desk.clock()
    counts = await inbox.counts(desk.pool, mine, now)
    return {
        "state": state,
        "rows": [_row(line, told, now) for line, told in page],
        "more": cursor_of(page[-1][0]) if len(page) == PAGE else None,
        "filters": [
            {"state": each, "text": text, "count": sum(counts.get(status, (0, 0))[0] for status in STATES[each])}
            for each, text in words.filters(_).items()
        ],
        "waiting": sum(counts.get(status, (0, 0))[0] for status in OPEN),
        "overdue": sum(counts.get(status, (0, 0))[1] for status in OPEN),
        "unverified": counts.get(Status.SUBMITTED, (0, 0))[0],
        "answered": counts.get(Status.ANSWERED, (0, 0))[0],
        "agency_name": lambda code: words.agency_name(tree, code),
        **_vocabulary(desk, request),
    }


def _row(line: Line, told: dict[str, Any], now: datetime) -> Context:
    return {
        **told,
        "due": line.next_due,
        "clock": line.next_clock,
        "zone": zone_label(line.area),
        "overdue": line.status in OPEN and line.next_due is not None and line.next_due < now,
    }


async def of_case(desk: Desk, request: Request, viewer: Viewer, case: Any) -> Context:
    """Gather one case."""
    told, tree = await shown(desk, case, viewer), await desk.trees.current()
    _ = desk.pages.gettext(request)
    language = language_of(request)
    status = Status(told["status"])
    offered = [act for act in OFFERED.get(status, ()) if viewer.may(act)]
    return {
        "case": told,
        "zone": zone_label(told["area"]),
        "filed_at": datetime.fromisoformat(told["filed_at"]),
        "dues": [(due["clock"], datetime.fromisoformat(due["at"])) for due in told["dues"]],
        "steps": list(reversed(steps_of(told["timeline"], tree, _, language))),
        "holder": words.agency_name(tree, told["holder"]),
        "suggested": _suggested(told, tree),
        "offers": [act.value for act in offered if act is not Act.FORWARD or tree.units(viewer.agency)],
        "targets": targets(tree, viewer, told, language) if Act.FORWARD in offered else [],
        "categories": [(code, known.name) for code, known in CATEGORIES.items()],
        "done": words.outcomes(_).get(request.query_params.get("done", "")),
        "errors": {},
        "typed": {},
        **_vocabulary(desk, request),
    }


def steps_of(timeline: list[dict[str, Any]], tree: Tree, _: words.Translate, language: str) -> list[Context]:
    """Make the timeline's items."""
    return [
        {
            "title": words.step_title(step, _),
            "time": datetime.fromisoformat(step["time"]),
            "note": _note(step, tree, language),
            "text": _text(step),
            "version": step["version"],
            "tone": "good" if step["type"].endswith("response_given.v1") else "",
        }
        for step in timeline
    ]


def _note(step: Mapping[str, Any], tree: Tree, language: str) -> str:
    """Say who did it, and to whom it went."""
    data = step["data"]
    by = say(words.agency_name(tree, data["by"]["agency"]), language) if "by" in data else ""
    to = say(words.agency_name(tree, data["to"]), language) if "to" in data else ""
    return " → ".join(name for name in (by, to) if name)


def _text(step: Mapping[str, Any]) -> str:
    """Give what was written; the filing's own text stands elsewhere on the page."""
    if step["type"].endswith("complaint.filed.v1"):
        return ""
    data = step["data"]
    texts = (data.get(name) for name in ("text", "note", "reason", "explanation"))
    return next((text for text in texts if isinstance(text, str)), "")


def targets(tree: Tree, viewer: Viewer, told: Mapping[str, Any], language: str) -> list[Context]:
    """List whom the viewer's agency can forward to: the suggestion first, then by tier and name."""
    suggested = (told["suggested"] or {}).get("agency")
    below = tree.below(viewer.agency)
    near = [unit for unit in below if unit.active and unit.covers(told["area"]) and unit.code != told["holder"]]
    return [
        {"value": unit.code, "text": say(unit.name, language), "selected": unit.code == suggested}
        for unit in sorted(near, key=lambda unit: (unit.code != suggested, unit.tier, say(unit.name, language)))
    ]


def _suggested(told: Mapping[str, Any], tree: Tree) -> Context | None:
    if told["suggested"] is None:
        return None
    return {"name": words.agency_name(tree, told["suggested"]["agency"]), "reason": told["suggested"]["reason"]}


def _vocabulary(desk: Desk, request: Request) -> Context:
    _ = desk.pages.gettext(request)
    return {
        "statuses": words.statuses(_),
        "tones": words.TONES,
        "clocks": words.clocks(_),
        "classifications": words.classifications(_),
        "visibilities": words.visibilities(_),
        "area_name": words.area_name,
        "category_name": words.category_name,
    }


def zone_label(code: str) -> str:
    """Name the time zone of an area."""
    return LABELS[zone_of(code).key]


def names_of(viewer: Viewer, tree: Tree, _: words.Translate) -> tuple[Name, str]:
    """Name the viewer's agency, and what its officers or else the role are called."""
    return words.agency_name(tree, viewer.agency), words.roles(_)[viewer.role]
