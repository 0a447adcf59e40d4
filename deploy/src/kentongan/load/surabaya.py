"""The profile `surabaya`: complaints to the city of Surabaya with topic, agency, place and time of the answer."""

from collections.abc import Iterator, Sequence

from kentongan.history.cases import Act, Case, Step, spell
from kentongan.load.directory import Directory
from kentongan.load.profile import UNCOVERED, Plan, Profile, Sheet
from kentongan.load.table import Row

NO_TOPIC = "(tanpa topik)"
NO_ANSWER_TEXT = "Isi jawaban tidak ada dalam berkas sumber."

REMARKS = (
    "The file does not say when complaints were verified and forwarded: both are dated to the filing.",
    "The file has the times of answers and not their texts: each has a stand-in text that says so.",
)

COLUMNS = (
    "id", "keluhan", "kecamatan", "kelurahan", "topik", "instansi", "tanggal_keluhan", "tanggal_ditanggapi",
)  # fmt: skip


def plan(rows: Sequence[Row]) -> Plan:
    """Make cases and agencies of the records."""
    sheet = Sheet.read("surabaya")
    directory = Directory(sheet)
    cases = [_case(row, sheet, directory) for row in rows]
    return Plan(directory.agencies(), cases, REMARKS)


def _case(row: Row, sheet: Sheet, directory: Directory) -> Case:
    notes: list[str] = []
    topic, place = row.text("topik"), _place(row, sheet, notes)
    category = sheet.category(topic)
    if category == UNCOVERED:
        notes.append("topics not given, or covered by none of our categories: filed as `lainnya`")
    filing = {
        "classification": "complaint",
        "category": category,
        "area": place,
        "visibility": "named",
        "title": (topic or NO_TOPIC)[:200],
        "description": row.text("keluhan"),
        "language": "id",
        "channel": "import",
        "filed_at": spell(row.moment("tanggal_keluhan")),
    }
    acting, target = directory.acting(place), directory.find(row.text("instansi"), category)
    steps = tuple(_steps(row, acting, target, notes))
    return Case(sheet.key(row.text("id")), f"record {row.number}", filing, steps, tuple(notes))


def _steps(row: Row, acting: str, target: str, notes: list[str]) -> Iterator[Step]:
    filed_at = row.moment("tanggal_keluhan")
    yield Step(Act.VERIFY, acting, filed_at, {})
    if target != acting:
        yield Step(Act.FORWARD, acting, filed_at, {"to": target})
    if row.text("tanggal_ditanggapi"):
        answered_at = row.moment("tanggal_ditanggapi")
        if answered_at < filed_at:
            notes.append("answers dated before their complaint in the file: dated to the complaint")
        yield Step(Act.RESPOND, target, max(answered_at, filed_at), {"text": NO_ANSWER_TEXT, "final": True})


def _place(row: Row, sheet: Sheet, notes: list[str]) -> str:
    district = sheet.places.district(row.text("kecamatan"))
    if district is None:
        notes.append("districts that the table of areas does not know: filed under the city")
        return sheet.regency
    village = sheet.places.village(row.text("kelurahan"), district)
    if village is None:
        notes.append("villages not given, or not known in their district: filed under the district")
        return district.code
    return village.code


PROFILE = Profile(COLUMNS, "id", plan)
