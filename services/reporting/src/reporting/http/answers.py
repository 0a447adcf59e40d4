"""The shape of what programs are answered: JSON models and CSV, filled from the same figures as the page."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from reporting.figures import AgencyFigures, Tally
from reporting.freshness import Freshness, freshness
from reporting.http.asked import Answer
from reporting.reading import Applied


class FreshnessAnswer(BaseModel):
    """Up to where the figures go."""

    model_config = ConfigDict(from_attributes=True)

    as_of: datetime = Field(description="When the figures were read, UTC.")
    position: int = Field(description="How many events of topic complaints have been applied.")
    lag: int | None = Field(description="How many more the topic holds; null while the broker cannot be asked.")
    positions: dict[str, int] = Field(description="Next offset of each partition.")
    moved_at: datetime | None = Field(description="When the newest batch was applied.")


class TallyAnswer(BaseModel):
    """Complaints filed in the period. received = answered + waiting + overdue + closed_unanswered."""

    model_config = ConfigDict(from_attributes=True)

    received: int
    answered: int
    in_time: int = Field(description="Of answered: by the promised time.")
    late: int = Field(description="Of answered: after the promised time.")
    waiting: int = Field(description="Not answered, still within what was promised.")
    overdue: int = Field(description="Not answered, and a promise has passed.")
    closed_unanswered: int = Field(description="Ended without an answer: archived or withdrawn.")
    judged: int = Field(description="Denominator of the share in time: in_time + late + overdue.")


class AgencyAnswer(BaseModel):
    """One agency; `code` is empty for complaints that no agency has yet."""

    code: str
    name_id: str | None
    name_en: str | None
    tally: TallyAnswer
    median_response_seconds: float | None = Field(description="Null when fewer than 5 were answered.")


class OthersAnswer(BaseModel):
    """Agencies with fewer than 5 complaints, and those withheld so that nobody can work the others out."""

    codes: list[str]
    tally: TallyAnswer | None = Field(description="All of them together; null when even that is fewer than 5.")


class TrendAnswer(BaseModel):
    """One bin of the trend; null is withheld."""

    first: date
    last: date
    filed: int | None
    answers: int | None = Field(description="First answers given in these days, whenever the complaint was filed.")
    complete: bool


class FiguresAnswer(BaseModel):
    """The figures of the page. Null tally: fewer than 5 complaints, or withheld."""

    period: str
    first: date
    last: date
    agency: str | None
    tally: TallyAnswer | None
    median_response_seconds: float | None
    bin: str
    trend: list[TrendAnswer]
    agencies: list[AgencyAnswer]
    others: OthersAnswer | None
    freshness: FreshnessAnswer


def fresh(answer: Answer) -> Freshness:
    """Say where an answer stands in the log."""
    return freshness(answer.figures.reading.applied, answer.ends)


def freshness_answer(found: Freshness, applied: Iterable[Applied], as_of: datetime) -> FreshnessAnswer:
    """Fill the answer about freshness."""
    moved = max((place.moved_at for place in applied), default=None)
    return FreshnessAnswer(
        as_of=as_of, position=found.position, lag=found.lag, positions=found.positions, moved_at=moved
    )


def figures_answer(answer: Answer) -> FiguresAnswer:
    """Fill the answer with figures."""
    found = answer.figures
    reading = found.reading
    others = found.others and OthersAnswer(
        codes=[agency.code for agency in found.others.agencies], tally=_tally(found.others.tally)
    )
    return FiguresAnswer(
        period=found.period.key,
        first=found.period.first,
        last=found.period.last,
        agency=found.agency,
        tally=_tally(found.tally),
        median_response_seconds=found.median_seconds,
        bin=found.bin_kind,
        trend=[
            TrendAnswer(
                first=each.bin.first,
                last=each.bin.last,
                filed=each.filed,
                answers=each.answers,
                complete=each.complete,
            )
            for each in found.trend
        ],
        agencies=[_agency(agency) for agency in found.agencies],
        others=others,
        freshness=freshness_answer(fresh(answer), reading.applied, reading.taken_at),
    )


def _tally(tally: Tally | None) -> TallyAnswer | None:
    return None if tally is None else TallyAnswer.model_validate(tally)


def _agency(agency: AgencyFigures) -> AgencyAnswer:
    return AgencyAnswer(
        code=agency.code,
        name_id=agency.name_id,
        name_en=agency.name_en,
        tally=TallyAnswer.model_validate(agency.tally),
        median_response_seconds=agency.median_seconds,
    )


def agencies_csv(answer: Answer) -> str:
    """Write the table by agency; what is withheld is one line without a code."""
    found = answer.figures
    rows: list[list[object]] = [
        [each.code, each.name_id or "", each.name_en or "", *_numbers(each.tally), _whole(each.median_seconds)]
        for each in found.agencies
    ]
    if found.others is not None and found.others.tally is not None:
        count = len(found.others.agencies)
        rows.append(["", f"{count} instansi lain", f"{count} other agencies", *_numbers(found.others.tally), None])
    head = [
        *("agency", "name_id", "name_en", "received", "answered", "in_time", "late", "waiting", "overdue"),
        *("closed_unanswered", "median_response_seconds"),
    ]
    return _write(head, rows, answer)


def trend_csv(answer: Answer) -> str:
    """Write the trend; an empty cell is withheld."""
    rows: list[list[object]] = [
        [each.bin.first, each.bin.last, each.filed, each.answers, str(each.complete).lower()]
        for each in answer.figures.trend
    ]
    return _write(["first_day", "last_day", "filed", "answers", "complete"], rows, answer)


def _numbers(tally: Tally) -> list[object]:
    return [
        tally.received,
        tally.answered,
        tally.in_time,
        tally.late,
        tally.waiting,
        tally.overdue,
        tally.closed_unanswered,
    ]


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _write(head: list[str], rows: list[list[object]], answer: Answer) -> str:
    """Write rows that each say what they stand on, so that a line copied elsewhere stays honest."""
    where = fresh(answer)
    stamp = [answer.figures.reading.taken_at.isoformat(timespec="seconds"), where.position, where.lag]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*head, "as_of", "position", "lag"])
    writer.writerows([*map(harmless, row), *stamp] for row in rows)
    return out.getvalue()


def harmless(cell: object) -> object:
    """Keep a text from being run as a formula by a spreadsheet."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
