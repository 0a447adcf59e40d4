"""The rules of the tree: how an agency joins and is changed, who stands above whom, and whom to suggest."""

from dataclasses import replace

import pytest

from chassis.decider import Refused
from contracts.routing import AgencyChanged, AgencyRegistered
from contracts.vocabulary import Name
from kit.cases import BINA_MARGA, DESA, DLH, DPUPR, KECAMATAN, NATIONAL, PROVINCE, REGENCY, TREE, agency
from routing.domain.agency import (
    AgencyHasUnits,
    AgencyIsNotRegistered,
    AgencyIsRegistered,
    ChangeAgency,
    Charter,
    OnlyOneRoot,
    ParentIsBelow,
    ParentIsNotKnown,
    RegisterAgency,
    Registered,
    State,
    TreeIsTooDeep,
    Unregistered,
    agency_id,
    decide,
    evolve,
)
from routing.domain.roles import Act, Role, may
from routing.domain.suggestion import Reason, suggest
from routing.domain.tree import DEEPEST, Tree

NAME = Name(id="Dinas Perikanan", en="Fisheries Agency")
CHARTER = Charter(NAME, parent=REGENCY, areas=("35.04",), categories=("pertanian-perikanan",), stream=True)
JOINED = AgencyRegistered(
    code="35.04.perikanan",
    name=NAME,
    parent=REGENCY,
    tier=3,
    areas=("35.04",),
    categories=("pertanian-perikanan",),
    stream=True,
)
REGISTER = RegisterAgency("35.04.perikanan", CHARTER, TREE)
CHANGE = ChangeAgency("35.04.perikanan", replace(CHARTER, stream=False), TREE)
JOINED_STATE = evolve(Unregistered(), JOINED)


def known(code: str) -> State:
    """The state of an agency of the tree."""
    found = TREE.find(code)
    assert found is not None
    return Registered(found)


def test_an_agency_joins_one_tier_below_its_parent() -> None:
    assert decide(REGISTER, Unregistered()) == [JOINED]


def test_registering_the_same_agency_twice_changes_nothing() -> None:
    assert decide(REGISTER, JOINED_STATE) == []


def test_a_change_carries_the_whole_agency() -> None:
    [event] = decide(CHANGE, JOINED_STATE)
    assert event == AgencyChanged(**JOINED.model_dump() | {"stream": False})
    assert decide(CHANGE, evolve(JOINED_STATE, event)) == []


def refuses(command: RegisterAgency | ChangeAgency, state: State, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        decide(command, state)


def test_a_taken_code_is_not_registered_for_another_agency() -> None:
    other = replace(REGISTER, charter=replace(CHARTER, name=Name(id="Lain", en="Other")))
    refuses(other, JOINED_STATE, AgencyIsRegistered)


def test_an_agency_nobody_registered_is_not_changed() -> None:
    refuses(CHANGE, Unregistered(), AgencyIsNotRegistered)


def test_an_agency_does_not_join_below_nobody() -> None:
    refuses(replace(REGISTER, charter=replace(CHARTER, parent="99")), Unregistered(), ParentIsNotKnown)


def test_there_is_one_root() -> None:
    refuses(replace(REGISTER, charter=replace(CHARTER, parent=None)), Unregistered(), OnlyOneRoot)
    refuses(ChangeAgency(NATIONAL, replace(CHARTER, parent=DLH), TREE), known(NATIONAL), OnlyOneRoot)


def test_the_first_agency_is_the_root() -> None:
    [event] = decide(RegisterAgency(NATIONAL, Charter(NAME), Tree.of([])), Unregistered())
    assert (event.tier, event.parent) == (0, None)


def test_an_agency_never_stands_below_itself() -> None:
    below_itself = ChangeAgency(DPUPR, Charter(NAME, parent=BINA_MARGA), TREE)
    refuses(below_itself, known(DPUPR), ParentIsBelow)
    refuses(replace(below_itself, charter=Charter(NAME, parent=DPUPR)), known(DPUPR), ParentIsBelow)


def test_nobody_joins_below_the_deepest_tier() -> None:
    chain = [agency(NATIONAL, None, 0)]
    for tier in range(1, DEEPEST + 1):
        chain.append(agency(f"a{tier}", chain[-1].code, tier))
    tree = Tree.of(chain)
    refuses(RegisterAgency("a13", Charter(NAME, parent=f"a{DEEPEST}"), tree), Unregistered(), TreeIsTooDeep)


def test_an_agency_with_units_stays_where_it_is() -> None:
    refuses(ChangeAgency(DPUPR, Charter(NAME, parent=KECAMATAN), TREE), known(DPUPR), AgencyHasUnits)


def test_an_agency_without_units_moves_and_its_tier_with_it() -> None:
    [event] = decide(ChangeAgency(DLH, Charter(NAME, parent=PROVINCE), TREE), known(DLH))
    assert (event.parent, event.tier) == (PROVINCE, 2)


def test_the_id_of_an_agency_follows_from_its_code() -> None:
    assert agency_id("35.04.dlh") == agency_id("35.04.dlh") != agency_id("35.04")


def test_the_tree_knows_who_stands_above_whom() -> None:
    assert [step.code for step in TREE.path(BINA_MARGA)] == [BINA_MARGA, DPUPR, REGENCY, PROVINCE, NATIONAL]
    assert TREE.oversees(REGENCY, BINA_MARGA)
    assert TREE.oversees(DLH, DLH)
    assert not TREE.oversees(DLH, BINA_MARGA)
    assert not TREE.oversees(BINA_MARGA, DPUPR)
    assert TREE.is_below(DESA, REGENCY)
    assert not TREE.is_below(DESA, DESA)
    assert not TREE.oversees(NATIONAL, "35.04.nihil")
    assert TREE.path("35.04.nihil") == ()


@pytest.mark.parametrize(
    ("area", "desk"),
    [("35.04.01.1003", REGENCY), ("35.04", REGENCY), ("35.78.01.1001", PROVINCE), ("11.01", NATIONAL)],
)
def test_a_complaint_lands_at_the_nearest_government_that_verifies(area: str, desk: str) -> None:
    assert TREE.gate(area) == desk


def test_areas_nest_by_whole_parts_of_their_codes() -> None:
    tree = Tree.of([agency(NATIONAL, None, 0), agency("35.0", NATIONAL, 1, areas=("35.0",))])
    assert tree.gate("35.04") == NATIONAL


def test_a_retired_government_is_no_gate() -> None:
    tree = Tree.of([agency(NATIONAL, None, 0), agency("35", NATIONAL, 1, areas=("35",), active=False)])
    assert tree.gate("35.04") == NATIONAL


def test_before_the_tree_is_seeded_complaints_land_at_its_root() -> None:
    assert Tree.of([]).gate("35.04") == NATIONAL


def suggested(holder: str, area: str, category: str) -> tuple[str, Reason] | None:
    suggestion = suggest(TREE, holder, area, category)
    return None if suggestion is None else (suggestion.agency, suggestion.reason)


def test_the_agency_with_the_category_among_its_duties_is_suggested() -> None:
    assert suggested(REGENCY, "35.04.01.1003", "sampah") == (DLH, Reason.CATEGORY_AND_AREA)


def test_the_agency_is_suggested_before_its_own_unit() -> None:
    assert suggested(REGENCY, "35.04.01.1003", "jalan-rusak") == (DPUPR, Reason.CATEGORY_AND_AREA)
    assert suggested(DPUPR, "35.04.01.1003", "jalan-rusak") == (BINA_MARGA, Reason.CATEGORY_AND_AREA)


def test_the_nearest_area_is_suggested_first() -> None:
    assert suggested(REGENCY, "35.04.01.1003", "desa-kelurahan") == (DESA, Reason.CATEGORY_AND_AREA)


def test_what_nobody_has_among_its_duties_goes_to_the_district() -> None:
    assert suggested(REGENCY, "35.04.01.1003", "lainnya") == (KECAMATAN, Reason.AREA)


def test_nobody_below_means_no_suggestion() -> None:
    assert suggested(DLH, "35.04.01.1003", "sampah") is None
    assert suggested(REGENCY, "35.04.02.2001", "lainnya") is None


@pytest.mark.parametrize("role", Role)
def test_every_role_may_see_and_only_a_monitor_nothing_else(role: Role) -> None:
    assert may(role, Act.SEE)
    assert may(role, Act.RESPOND) is (role is not Role.MONITOR)


def test_only_admins_verify() -> None:
    assert [role for role in Role if may(role, Act.VERIFY)] == [Role.NATIONAL_ADMIN, Role.AGENCY_ADMIN]
