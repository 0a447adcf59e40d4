"""Whom a complaint should go to: a suggestion with its reason, never a decision."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.vocabulary import AgencyCode, AreaCode, CategoryCode
from routing.domain.tree import Agency, Tree


class Reason(StrEnum):
    """Why an agency was suggested."""

    CATEGORY_AND_AREA = "category_and_area"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An agency below the present holder that has this category, or at least this area, among its duties."""

    agency: AgencyCode
    reason: Reason
    category: CategoryCode
    area: AreaCode


def suggest(tree: Tree, holder: AgencyCode, area: AreaCode, category: CategoryCode) -> Suggestion | None:
    """Suggest the agency whose duties fit best; None when the holder has nobody below it that fits.

    An agency with the category in its duties wins over one that only looks after the area; then the one whose
    area is nearest to the complaint's, then the one nearest to the holder, then the first by code.
    """
    fitting = [agency for agency in tree.below(holder) if _fits(agency, area, category)]
    best = min(fitting, key=lambda agency: _distance(agency, area), default=None)
    if best is None:
        return None
    reason = Reason.CATEGORY_AND_AREA if best.categories else Reason.AREA
    return Suggestion(best.code, reason, category, area)


def _fits(agency: Agency, area: AreaCode, category: CategoryCode) -> bool:
    return agency.active and agency.covers(area) and (not agency.categories or category in agency.categories)


def _distance(agency: Agency, area: AreaCode) -> tuple[bool, int, int, str]:
    nearest = max(len(own) for own in agency.areas if area.startswith(own))
    return (not agency.categories, -nearest, agency.tier, agency.code)
