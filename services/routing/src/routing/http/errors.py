"""What routing says when it says no: every refusal with its status and its words in both languages."""

from collections.abc import Mapping

from chassis import problems
from chassis.postgres import TRANSIENT
from chassis.problems import Problem
from contracts.vocabulary import Name
from routing.accounts import SignInRefused
from routing.asking import CaseHasMovedOn, NotAllowed, TimeIsInTheFuture
from routing.attempts import TooManyAttempts
from routing.domain import agency, refusals
from routing.http.access import FormIsForeign, NotTheOperator
from routing.http.cases import AgencyMissing
from routing.http.conditions import RequestKeyUnusable, VersionUnreadable
from routing.http.cursors import CursorUnreadable
from routing.opening import KeyIsNotHere
from routing.registry import AgencyNotFound
from routing.repeats import RequestKeyReused
from routing.streams.reading import KeyErased, KeyNotFound, TooManyListeners


def _name(indonesian: str, english: str) -> Name:
    return Name(id=indonesian, en=english)


CASE_NOT_FOUND = Problem(
    404,
    "no-such-case",
    _name("Laporan tidak ditemukan", "No such case"),
    _name(
        "Tidak ada laporan dengan nomor ini pada instansi Anda atau unit di bawahnya.",
        "There is no case with this id at your agency or below it.",
    ),
)
AGENCY_NOT_FOUND = Problem(
    404,
    "no-such-agency",
    _name("Instansi tidak ditemukan", "No such agency"),
    _name(
        "Tidak ada instansi dengan kode ini dalam jangkauan Anda.", "There is no agency with this code in your reach."
    ),
)
SIGN_IN_REFUSED = Problem(
    401,
    "sign-in-refused",
    _name("Nama pengguna atau kata sandi salah", "Wrong user name or password"),
    headers=(("www-authenticate", "Bearer"),),
)
MOVED_ON = Problem(
    409,
    "case-has-moved-on",
    _name("Laporan ini sudah berubah", "This case has changed"),
    _name(
        "Ada langkah baru sejak Anda membukanya. Muat ulang, lalu putuskan lagi.",
        "Somebody took a step since you opened it. Load it again, then decide.",
    ),
    facts=("version",),
)

_OF_CASES: Mapping[type[Exception], Problem] = {
    refusals.CaseIsNotKnown: CASE_NOT_FOUND,
    refusals.CaseIsNotYours: CASE_NOT_FOUND,
    CaseHasMovedOn: MOVED_ON,
    refusals.CaseIsNotVerified: Problem(
        409, "not-verified", _name("Laporan belum diverifikasi", "The case has not been verified")
    ),
    refusals.CaseIsVerifiedAlready: Problem(
        409,
        "verified-already",
        _name(
            "Laporan sudah diverifikasi dengan klasifikasi atau kategori lain",
            "The case was verified with another class or category",
        ),
        facts=("classification", "category"),
    ),
    refusals.CaseIsAnswered: Problem(
        409, "answered", _name("Laporan sudah dijawab", "The case has been answered"), facts=("by",)
    ),
    refusals.CaseIsWithdrawn: Problem(
        409, "withdrawn", _name("Laporan sudah dicabut oleh pelapor", "The reporter has withdrawn the complaint")
    ),
    refusals.CaseIsClosed: Problem(
        409, "closed", _name("Laporan sudah selesai", "The case is closed"), facts=("outcome",)
    ),
    refusals.AgencyIsNotKnown: Problem(
        422, "agency-not-known", _name("Instansi tujuan tidak dikenal", "There is no such agency"), facts=("agency",)
    ),
    refusals.AgencyIsNotBelow: Problem(
        422,
        "agency-not-below",
        _name("Instansi tujuan tidak berada di bawah instansi Anda", "The agency is not below yours"),
        facts=("agency",),
    ),
    refusals.DecisionIsTooEarly: Problem(
        422,
        "too-early",
        _name("Waktu keputusan mendahului laporan", "The decision is dated before the case came to the desk"),
        facts=("since",),
    ),
    refusals.ReporterIsErased: Problem(
        409,
        "reporter-erased",
        _name("Pelapor meminta datanya dihapus", "The reporter asked to be forgotten"),
        _name("Tidak ada lagi yang dapat ditulis kepadanya.", "Nothing more can be written to them."),
    ),
    TimeIsInTheFuture: Problem(
        422, "in-the-future", _name("Waktu tidak boleh di masa depan", "The time cannot be in the future")
    ),
    NotAllowed: Problem(
        403, "role", _name("Peran Anda tidak mencakup tindakan ini", "Your role does not include this"), facts=("act",)
    ),
    KeyIsNotHere: Problem(
        503,
        "key-not-here",
        _name("Laporan baru saja masuk", "The case has only just arrived"),
        _name("Kunci untuk teksnya belum tiba. Coba lagi sebentar.", "The key for its texts is on its way. Try again."),
        headers=(("retry-after", "1"),),
    ),
    VersionUnreadable: Problem(
        400,
        "version-unreadable",
        _name("If-Match tidak dapat dibaca", "If-Match cannot be read"),
        _name('Tulis ETag dari laporan, misalnya "3".', 'Write the ETag of the case, such as "3".'),
    ),
}

_OF_AGENCIES: Mapping[type[Exception], Problem] = {
    AgencyNotFound: AGENCY_NOT_FOUND,
    agency.ParentIsNotKnown: Problem(
        422, "parent-not-known", _name("Instansi induk tidak dikenal", "There is no such parent"), facts=("parent",)
    ),
    agency.ParentIsBelow: Problem(
        422,
        "parent-below",
        _name("Instansi tidak dapat berada di bawah dirinya sendiri", "An agency cannot stand below itself"),
        facts=("parent",),
    ),
    agency.OnlyOneRoot: Problem(
        422,
        "only-one-root",
        _name("Hanya satu instansi tanpa induk", "Only one agency has no parent"),
        facts=("root",),
    ),
    agency.TreeIsTooDeep: Problem(
        422, "tree-too-deep", _name("Jenjang instansi terlalu dalam", "The tree is too deep"), facts=("deepest",)
    ),
    agency.AgencyHasUnits: Problem(
        409,
        "agency-has-units",
        _name("Instansi yang memiliki unit tidak dapat dipindahkan", "An agency with units cannot be moved"),
        facts=("agency",),
    ),
    TooManyListeners: Problem(
        503,
        "too-many-listeners",
        _name("Terlalu banyak pendengar", "Too many listeners"),
        _name("Coba lagi sebentar, atau baca per halaman.", "Try again in a while, or read page by page."),
        headers=(("retry-after", "10"),),
    ),
    KeyNotFound: Problem(
        404,
        "no-such-key",
        _name("Kunci tidak ditemukan", "No such key"),
        _name("Instansi ini tidak menerima laporan itu.", "The agency was not given this complaint."),
    ),
    KeyErased: Problem(
        410,
        "key-erased",
        _name("Kunci telah dimusnahkan", "The key has been destroyed"),
        _name("Pelapor meminta datanya dihapus.", "The reporter asked to be forgotten."),
    ),
    CursorUnreadable: Problem(
        400,
        "cursor-unreadable",
        _name("Penanda lanjutan tidak dapat dibaca", "The place to go on from cannot be read"),
        _name(
            "Pakai nilai `after` atau `Last-Event-ID` yang pernah diberikan.",
            "Use a value of `after` or `Last-Event-ID` that you were given.",
        ),
    ),
}

_OF_ACCESS: Mapping[type[Exception], Problem] = {
    SignInRefused: SIGN_IN_REFUSED,
    TooManyAttempts: Problem(
        429,
        "too-many-attempts",
        _name("Terlalu banyak percobaan masuk", "Too many attempts to sign in"),
        _name("Coba lagi dalam seperempat jam.", "Try again in a quarter of an hour."),
        headers=(("retry-after", "900"),),
    ),
    NotTheOperator: Problem(
        403,
        "import-token-missing",
        _name("Perlu token impor", "The import token is needed"),
        _name("Hanya pemegang token impor yang boleh melakukan ini.", "Only who has the import token may do this."),
    ),
    AgencyMissing: Problem(
        422,
        "agency-missing",
        _name("Instansi yang memutuskan belum disebut", "The deciding agency is missing"),
        _name("Dengan token impor, isi `agency`.", "With the import token, fill in `agency`."),
    ),
    FormIsForeign: Problem(
        403,
        "form-expired",
        _name("Formulir ini tidak berlaku lagi", "This form is no longer valid"),
        _name("Muat ulang halaman, lalu kirim lagi.", "Load the page again, then send it."),
    ),
    RequestKeyUnusable: Problem(
        400,
        "idempotency-key-unusable",
        _name("Idempotency-Key tidak dapat dipakai", "The Idempotency-Key cannot be used"),
        _name("Panjangnya 8 sampai 255 karakter.", "It must have 8 to 255 characters."),
    ),
    RequestKeyReused: Problem(
        422,
        "idempotency-key-reused",
        _name("Idempotency-Key sudah dipakai", "The Idempotency-Key has been used"),
        _name(
            "Kunci ini sudah dipakai untuk kiriman lain. Kirim dengan kunci baru.",
            "This key was used before, for another request. Send it with a new key.",
        ),
    ),
}

PROBLEMS: Mapping[type[Exception], Problem] = {
    **dict.fromkeys(TRANSIENT, problems.UNAVAILABLE),
    **_OF_CASES,
    **_OF_AGENCIES,
    **_OF_ACCESS,
}
