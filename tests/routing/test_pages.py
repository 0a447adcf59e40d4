"""The workbench in a browser and out of it: sign in, see what is due, decide, and lose nothing to a clash."""

import re
from uuid import UUID

import httpx2

from contracts.intake import ReporterReplied
from contracts.sealing import Clear
from contracts.vocabulary import Visibility
from kit.post import filed
from kit.workbench import PASSWORD, Office, Workbench

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Officer:
    """Somebody with a browser that keeps cookies and runs no scripts."""

    def __init__(self, desk: Office, language: str = "id") -> None:
        self.client = httpx2.AsyncClient(
            base_url=desk.url, headers={"accept": "text/html"}, cookies={"lang": language}, timeout=20
        )

    async def sign_in(self, login: str = "tulungagung", password: str = PASSWORD) -> httpx2.Response:
        """Go to the sign-in page and sign in."""
        hidden = _hidden((await self.client.get("/sign-in")).text)
        return await self.client.post("/sign-in", data={**hidden, "login": login, "password": password})

    async def post(self, case: UUID, what: str, **typed: str) -> httpx2.Response:
        """Fill in a form of a case's page and send it."""
        hidden = _hidden((await self.client.get(f"/cases/{case}")).text)
        return await self.client.post(f"/cases/{case}/{what}", data={**hidden, **typed})


def _hidden(page: str) -> dict[str, str]:
    return dict(FIELD.findall(page))


async def signed_in(desk: Office, login: str = "tulungagung", language: str = "id") -> Officer:
    """Give an officer who has signed in."""
    officer = Officer(desk, language)
    assert (await officer.sign_in(login)).status_code == 303
    return officer


async def test_who_is_not_signed_in_is_asked_to_and_led_back(desk: Office) -> None:
    officer = Officer(desk)
    sent = await officer.client.get("/cases/0193a1b2-0000-7000-8000-000000000001")
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        "/sign-in?next=%2Fcases%2F0193a1b2-0000-7000-8000-000000000001",
    )
    page = await officer.client.get(sent.headers["location"])
    assert _hidden(page.text)["next"] == "/cases/0193a1b2-0000-7000-8000-000000000001"
    answer = await officer.client.post(
        "/sign-in", data={**_hidden(page.text), "login": "tulungagung", "password": PASSWORD}
    )
    assert answer.headers["location"] == "/cases/0193a1b2-0000-7000-8000-000000000001"


async def test_the_way_back_never_leads_elsewhere(desk: Office) -> None:
    officer = Officer(desk)
    for elsewhere in ("https://example.com", "//example.com", "/\\example.com", "javascript:alert(1)"):
        page = await officer.client.get("/sign-in", params={"next": elsewhere})
        assert _hidden(page.text)["next"] == "/"


async def test_a_wrong_password_is_said_kindly_and_the_name_stays(desk: Office) -> None:
    answer = await Officer(desk).sign_in("dlh", "salah-sekali")
    assert answer.status_code == 401
    assert "Nama pengguna atau kata sandi salah" in answer.text
    assert 'value="dlh"' in answer.text
    assert "salah-sekali" not in answer.text


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(desk: Office) -> None:
    answer = await Officer(desk).sign_in()
    [cookie] = [header for header in answer.headers.get_list("set-cookie") if header.startswith("routing_session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_after_signing_out_the_inbox_is_closed(desk: Office) -> None:
    officer = await signed_in(desk)
    page = await officer.client.get("/")
    assert (await officer.client.post("/sign-out", data=_hidden(page.text))).status_code == 303
    assert (await officer.client.get("/")).status_code == 303


async def test_a_form_without_our_token_changes_nothing(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    officer = await signed_in(desk)
    other = await signed_in(desk)
    foreign = _hidden((await other.client.get("/")).text)["form_token"]
    for token in ("", "0" * 64, foreign):
        answer = await officer.client.post(
            f"/cases/{complaint.id}/verifications", data={"form_token": token, "version": "1"}
        )
        assert answer.status_code == 403
    assert await bench.pool.fetchval("SELECT count(*) FROM events WHERE stream_id = $1", complaint.id) == 0


async def test_a_form_from_another_site_is_refused(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    officer = await signed_in(desk)
    hidden = _hidden((await officer.client.get(f"/cases/{complaint.id}")).text)
    answer = await officer.client.post(
        f"/cases/{complaint.id}/verifications", data=hidden, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_an_officer_takes_a_case_from_filing_to_answer(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    officer = await signed_in(desk)
    inbox = (await officer.client.get("/")).text
    assert "Sampah menumpuk di tepi sungai" in inbox
    assert "Belum diverifikasi" in inbox
    sent = await officer.post(complaint.id, "verifications", classification="complaint", category="sampah")
    assert sent.headers["location"] == f"/cases/{complaint.id}?done=verifications"
    page = (await officer.client.get(sent.headers["location"])).text
    assert "Laporan sudah diverifikasi." in page
    assert '<option value="35.04.dlh" selected>' in page
    assert "karena Sampah dan kebersihan di wilayah ini termasuk tugasnya" in page
    await officer.post(complaint.id, "forwards", to="35.04.dlh", note="Mohon dicek.")
    unit = await signed_in(desk, "dlh")
    assert "Mohon dicek." in (await unit.client.get(f"/cases/{complaint.id}")).text
    await unit.post(complaint.id, "responses", text="Sudah diangkut.\nTerima kasih.", final="yes")
    page = (await officer.client.get(f"/cases/{complaint.id}")).text
    assert "Sudah diangkut.\nTerima kasih." in page
    assert "Dijawab" in page


async def test_a_clash_is_shown_kindly_and_nothing_typed_is_lost(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    officer = await signed_in(desk)
    hidden = _hidden((await officer.client.get(f"/cases/{complaint.id}")).text)
    await bench.receive(complaint.wire(ReporterReplied(text=Clear("Sudah diangkut tadi pagi."))))
    typed = {"text": "Kami akan datang <besok>.", "final": "yes"}
    answer = await officer.client.post(f"/cases/{complaint.id}/responses", data={**hidden, **typed})
    assert answer.status_code == 409
    assert "Laporan ini sudah berubah" in answer.text
    assert "Sudah diangkut tadi pagi." in answer.text
    assert "Kami akan datang &lt;besok&gt;." in answer.text
    assert await bench.pool.fetchval("SELECT count(*) FROM events WHERE stream_id = $1", complaint.id) == 1


async def test_a_form_that_lacks_something_says_what_and_keeps_the_rest(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    await desk.decide("tulungagung", complaint.id, "verifications", {})
    officer = await signed_in(desk)
    empty = await officer.post(complaint.id, "responses", text="  ", final="no")
    assert empty.status_code == 422
    assert "Tulis jawaban untuk pelapor" in empty.text
    assert "<title>Kesalahan: " in empty.text
    nowhere = await officer.post(complaint.id, "forwards", to="", note="Tolong ditangani.")
    assert nowhere.status_code == 422
    assert "Tolong ditangani." in nowhere.text


async def test_a_refusal_is_said_on_the_page_of_the_case(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    officer = await signed_in(desk)
    answer = await officer.post(complaint.id, "forwards", to="35.04.dlh")
    assert answer.status_code == 409
    assert "Laporan belum diverifikasi" in answer.text


async def test_a_foreign_case_has_no_page(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    unit = await signed_in(desk, "dlh")
    for path in (f"/cases/{complaint.id}", "/cases/0193a1b2-0000-7000-8000-000000000001"):
        answer = await unit.client.get(path)
        assert (answer.status_code, "Laporan tidak ditemukan" in answer.text) == (404, True)
    assert "Sampah menumpuk" not in (await unit.client.get("/?state=all")).text


async def test_a_monitor_sees_and_decides_nothing(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed())
    monitor = await signed_in(desk, "ombudsman")
    page = (await monitor.client.get(f"/cases/{complaint.id}")).text
    assert "Tidak ada tindakan saat ini" in page
    assert "Sari Contoh" not in page
    token = _hidden((await monitor.client.get("/")).text)
    answer = await monitor.client.post(f"/cases/{complaint.id}/verifications", data={**token, "version": "1"})
    assert answer.status_code == 403


async def test_texts_of_citizens_cannot_become_markup(bench: Workbench, desk: Office) -> None:
    nasty = "<script>alert(1)</script>"
    complaint = await bench.open(filed(title=Clear(nasty), description=Clear(nasty)))
    officer = await signed_in(desk)
    for path in ("/", f"/cases/{complaint.id}"):
        assert nasty not in (await officer.client.get(path)).text


async def test_the_pages_speak_both_languages(bench: Workbench, desk: Office) -> None:
    complaint = await bench.open(filed(visibility=Visibility.ANONYMOUS))
    officer = await signed_in(desk, language="en")
    inbox = (await officer.client.get("/")).text
    assert ">Inbox<" in inbox
    assert "Waste and street cleaning" in inbox
    page = (await officer.client.get(f"/cases/{complaint.id}")).text
    assert "Anonymous" in page
    assert "because Waste and street cleaning" not in page
    assert 'lang="en"' in page
