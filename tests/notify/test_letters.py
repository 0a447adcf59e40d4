"""Every letter in both languages: complete, truthful, and silent where it must be."""

import itertools
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import pytest

import notify.letters
from contracts.vocabulary import Classification, Clock, Language, Name, Visibility
from notify.domain.news import Complaint, Message, News
from notify.letters import Letter, write

AGENCY = Name(id="Dinas Lingkungan Hidup (contoh)", en="Environment Office (example)")
CODE = "KTG-35.04-7K2M-9QX4"
TRACKING = "https://kentongan.example"
DUES = {
    Clock.VERIFICATION: datetime(2026, 11, 26, 16, 59, 59, tzinfo=UTC),
    Clock.FIRST_RESPONSE: datetime(2026, 11, 30, 16, 59, 59, tzinfo=UTC),
    Clock.RESOLUTION: datetime(2027, 2, 1, 16, 59, 59, tzinfo=UTC),
    Clock.REPORTER_REPLY: datetime(2026, 12, 14, 16, 59, 59, tzinfo=UTC),
}
ABOUT_OPENNESS = [Message.COMPLAINT_FILED, Message.COMPLAINT_FORWARDED, Message.RESPONSE_GIVEN]


def letter(
    message: Message,
    language: Language = Language.INDONESIAN,
    *,
    classification: Classification = Classification.COMPLAINT,
    area: str = "35.04.01.1003",
    dues: dict[Clock, datetime] | None = None,
    final: bool = True,
    answer: str | None = "Sudah kami angkut.\nTerima kasih.",
    agency: Name | None = AGENCY,
) -> Letter:
    known = DUES if dues is None else dues
    visibility = Visibility.SECRET if message is Message.NEWS else Visibility.NAMED
    complaint = Complaint(UUID(int=1), CODE, classification, area, visibility, language, known)
    news = News(UUID(int=2), complaint.id, message, datetime(2026, 11, 24, tzinfo=UTC), "35.04.dlh", known, final)
    return write(news, complaint, agency, answer if message is Message.RESPONSE_GIVEN else None, TRACKING)


class Reader(HTMLParser):
    """Reads what a person sees, and what a mail program would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("message", Message)
def test_every_letter_can_be_written_whatever_is_known(message: Message, language: Language) -> None:
    choices = itertools.product(
        Classification, [DUES, {}], [True, False], ["Sudah.", None], [AGENCY, None], ["35", "99"]
    )
    for classification, dues, final, answer, agency, area in choices:
        written = letter(
            message,
            language,
            classification=classification,
            dues=dues,
            final=final,
            answer=answer,
            agency=agency,
            area=area,
        )
        for form in (written.subject, written.text, written.html):
            assert form.strip()
            assert "None" not in form
            assert "{" not in form


@pytest.mark.parametrize("message", Message)
def test_a_letter_has_a_folder_with_three_forms_in_both_languages(message: Message) -> None:
    folder = Path(notify.letters.__file__).parent / "messages" / message.value
    for language in Language:
        found = {path.name for path in (folder / language.value).iterdir()}
        assert found == {"subject.txt", "body.txt", "body.html"}


def test_no_folder_of_words_is_unused() -> None:
    folder = Path(notify.letters.__file__).parent / "messages"
    assert {path.name for path in folder.iterdir()} == {"_shared", *(message.value for message in Message)}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("message", ABOUT_OPENNESS)
def test_a_letter_says_who_has_it_until_when_and_where_to_look(message: Message, language: Language) -> None:
    written = letter(message, language, final=False)
    seen = words(" ".join(read(written.html).seen))
    due = {"id": "Senin, 1 Februari 2027", "en": "Monday, 1 February 2027"}[language.value]
    office = {"id": AGENCY.id, "en": AGENCY.en}[language.value]
    who = "Kabupaten Tulungagung" if message is Message.COMPLAINT_FILED else office
    for form in (words(written.text), seen):
        for told in (CODE, f"{TRACKING}/track/{CODE}", due, who):
            assert told in form
    assert CODE in written.subject


@pytest.mark.parametrize("message", Message)
@pytest.mark.parametrize("language", Language)
def test_text_and_html_say_the_same_about_dates_and_links(message: Message, language: Language) -> None:
    written = letter(message, language)
    seen = words(" ".join(read(written.html).seen))
    for line in written.text.splitlines():
        value = line.partition(": ")[2] or line
        if line.startswith("http") or ("202" in line and ": " in line):
            assert words(value) in seen


@pytest.mark.parametrize("language", Language)
def test_of_a_secret_complaint_nothing_but_news_is_said(language: Language) -> None:
    written = letter(Message.NEWS, language)
    for form in (written.subject, written.text, written.html):
        for secret in (CODE, "35.04", "Tulungagung", "Dinas", "Office", "2026", "2027", "angkut", "aduan", "complaint"):
            assert secret not in form
    assert f"{TRACKING}/track\n" in written.text


def test_days_are_the_local_days_of_the_area() -> None:
    late_on_the_first = {Clock.VERIFICATION: datetime(2026, 12, 1, 16, 30, tzinfo=UTC)}
    assert "Selasa, 1 Desember 2026" in letter(Message.COMPLAINT_FILED, dues=late_on_the_first).text
    assert "Rabu, 2 Desember 2026" in letter(Message.COMPLAINT_FILED, dues=late_on_the_first, area="94.03").text


def test_an_agency_whose_name_has_not_arrived_is_called_by_its_code() -> None:
    assert "35.04.dlh" in letter(Message.COMPLAINT_FORWARDED, agency=None).subject


def test_an_agencys_words_are_quoted_and_cannot_become_markup() -> None:
    written = letter(Message.RESPONSE_GIVEN, answer='<script>alert(1)</script>\n<a href="https://x.example">klik</a>')
    assert "> <script>alert(1)</script>" in written.text
    reader = read(written.html)
    assert "script" not in reader.tags
    assert "https://x.example" not in dict(reader.attributes).values()


def test_an_agencys_name_cannot_break_the_subject_line() -> None:
    nasty = Name(id="Dinas\r\nBcc: semua@contoh.example", en="x")
    assert "\n" not in letter(Message.COMPLAINT_FORWARDED, agency=nasty).subject


def test_an_answer_that_is_not_final_promises_another_letter() -> None:
    assert "bukan jawaban terakhir" in letter(Message.RESPONSE_GIVEN, final=False).text
    assert "bukan jawaban terakhir" not in letter(Message.RESPONSE_GIVEN, final=True).text


@pytest.mark.parametrize("message", Message)
def test_a_letter_fetches_nothing_and_runs_nothing(message: Message) -> None:
    reader = read(letter(message).html)
    assert not {"img", "script", "link", "iframe", "form", "style"} & set(reader.tags)
    links = {value for name, value in reader.attributes if name == "href"}
    assert links == {f"{TRACKING}/track" + ("" if message is Message.NEWS else f"/{CODE}")}
    assert not any(name.startswith("on") for name, _ in reader.attributes)
    assert ("lang", "id") in reader.attributes
