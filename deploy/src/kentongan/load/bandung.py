"""The profile `bandung`: an export of SP4N-LAPOR! for Kabupaten Bandung, with class, visibility and final status."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kentongan.history.cases import Act, Case, Step, spell
from kentongan.load.directory import Directory
from kentongan.load.profile import UNCOVERED, Plan, Profile, Sheet
from kentongan.load.table import FileIsBad, Row

HIDDEN_TITLE = "Laporan rahasia"
HIDDEN_TEXT = "Isi laporan rahasia tidak ada dalam berkas sumber."
NO_TEXT = "Isi laporan tidak ada dalam berkas sumber."
NO_CATEGORY = "(tanpa kategori)"
NO_ANSWER_TEXT = "Isi jawaban tidak ada dalam berkas sumber."

CLASSES = {"aspirasi": "aspiration", "permintaan informasi": "information_request"}
"""Every other class of the file is a kind of complaint."""

REMARKS = (
    "The file does not say when complaints were verified and forwarded: both are dated to the filing.",
    "The file says that an answer was given, not when: answers are dated to its newest record.",
    "Response times of this load are therefore no measurements.",
    "The file has no texts of answers: each has a stand-in text that says so.",
)

COLUMNS = (
    "tracking_id", "diterima", "klasifikasi", "kategori", "anonim", "rahasia", "judul", "isi_awal",
    "instansi_terdisposisi", "status", "kota_kabupaten",
)  # fmt: skip


def plan(rows: Sequence[Row]) -> Plan:
    """Make cases and agencies of the records."""
    sheet = Sheet.read("bandung")
    directory = Directory(sheet)
    # The statuses are those of the export, which is no older than its newest record.
    known_by = max(row.moment("diterima") for row in rows)
    cases = [_Record(row, sheet, directory).case(known_by) for row in rows]
    return Plan(directory.agencies(), cases, REMARKS)


class _Record:
    def __init__(self, row: Row, sheet: Sheet, directory: Directory) -> None:
        self._row, self._sheet, self._directory = row, sheet, directory
        self._notes: list[str] = []

    def case(self, known_by: datetime) -> Case:
        category = self._sheet.category(self._row.text("kategori"))
        if category == UNCOVERED:
            self._notes.append("categories not given, or covered by none of ours: filed as `lainnya`")
        filing = {
            "classification": CLASSES.get(self._row.text("klasifikasi").lower(), "complaint"),
            "category": category,
            "area": self._place(),
            "visibility": self._visibility(),
            **self._texts(),
            "language": "id",
            "channel": "import",
            "filed_at": spell(self._row.moment("diterima")),
        }
        steps = self._steps(str(filing["area"]), category, known_by)
        row_id = self._row.text("tracking_id")
        return Case(self._sheet.key(row_id), f"record {self._row.number}", filing, tuple(steps), tuple(self._notes))

    def _visibility(self) -> str:
        if self._flag("rahasia"):
            return "secret"
        return "anonymous" if self._flag("anonim") else "named"

    def _flag(self, column: str) -> bool:
        word = self._row.text(column).lower()
        if word not in {"true", "false"}:
            raise FileIsBad(f"Record {self._row.number}: column {column} is neither True nor False. Nothing was filed.")
        return word == "true"

    def _texts(self) -> Mapping[str, str]:
        title, text = self._row.text("judul"), self._row.text("isi_awal")
        if self._flag("rahasia") and not text:
            self._notes.append("secret records whose text is not in the file: filed as secret, with a stand-in text")
            return {"title": HIDDEN_TITLE, "description": HIDDEN_TEXT}
        if not text:
            self._notes.append("records without a text: filed with a stand-in text")
        return {
            "title": (title or self._row.text("kategori") or NO_CATEGORY)[:200],
            "description": text or title or NO_TEXT,
        }

    def _place(self) -> str:
        name = self._row.text("kota_kabupaten")
        found = self._sheet.places.regency(name) if name else None
        if found is None:
            self._notes.append("places not given, or not known: filed under the regency")
            return self._sheet.regency
        return found.code

    def _steps(self, place: str, category: str, known_by: datetime) -> list[Step]:
        status = self._row.text("status").lower()
        self._note_status(status)
        if not self._row.text("instansi_terdisposisi"):
            return []
        filed_at = self._row.moment("diterima")
        target = self._directory.find(self._row.text("instansi_terdisposisi"), category)
        acting = self._directory.acting(place)
        steps = [Step(Act.VERIFY, acting, filed_at, {})]
        if target != acting:
            steps.append(Step(Act.FORWARD, acting, filed_at, {"to": target}))
        if status.startswith("ditutup"):
            steps.append(Step(Act.RESPOND, target, known_by, {"text": NO_ANSWER_TEXT, "final": True}))
        return steps

    def _note_status(self, status: str) -> None:
        if status.startswith("ditutup"):
            self._notes.append("closed in the file: answered here, and left to the reporter; closing is not imported")
        elif status.startswith("diarsipkan"):
            self._notes.append("archived in the file: left open here; archiving is not imported")
        elif status.startswith("menunggu"):
            self._notes.append("waiting for the reporter in the file: left open here; holding is not imported")
        elif status.startswith("konten terblokir"):
            self._notes.append("blocked in the file: left open here; blocking is not imported")
        else:
            self._notes.append("statuses that this profile does not know: left open here")


PROFILE = Profile(COLUMNS, "tracking_id", plan)
