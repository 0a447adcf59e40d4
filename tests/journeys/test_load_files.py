"""Files that cannot be loaded, and how records are understood; nothing runs here."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.history.cases import Act
from kentongan.load import PROFILES, bandung, load, surabaya, table
from kentongan.load.places import Places
from kentongan.load.profile import Sheet
from kentongan.stack.errors import StackError
from kit import csv_files

ROW = ("1", "Teks", "Rungkut", "", "PJU", "fisik", "Dinas Contoh", "2022-03-01T01:00:00Z", "")


def refused(path: Path) -> str:
    """Load a file that cannot be loaded, without any stack; give the sentence."""
    with pytest.raises(StackError) as caught:
        load(path, profile="surabaya", data=path.parent / "no-stack")
    return str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv") == f"There is no file {tmp_path / 'none.csv'}."


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path} is a folder; give the CSV file in it."


def test_a_wrong_encoding_is_named(tmp_path: Path) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [("1", "Café", *ROW[2:])], encoding="latin-1")
    assert "is not UTF-8 (byte" in refused(path)


def test_missing_columns_are_named_with_what_is_there(tmp_path: Path) -> None:
    path = csv_files.write(tmp_path / "a.csv", ("id", "keluhan"), [("1", "x")])
    said = refused(path)
    assert "lacks the columns kecamatan, kelurahan, topik" in said
    assert "its first line names: id, keluhan" in said
    assert "Nothing was filed." in said


def test_semicolons_are_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(";".join(csv_files.SURABAYA) + "\n" + ";".join(ROW) + "\n")
    assert "does not separate its columns with commas" in refused(path)


def test_a_comma_that_is_not_quoted_names_the_record(tmp_path: Path) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [ROW, (*ROW, "more")])
    assert f"Record 2 of {path} has 10 fields instead of 9" in refused(path)


def test_a_quotation_mark_without_its_end_is_no_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(csv_files.SURABAYA) + '\n1,"Teks,Rungkut\n')
    assert "is no CSV file" in refused(path)


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    assert "its first line names: none" in refused(path)


def test_a_file_without_records_has_nothing_to_file(tmp_path: Path) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [])
    assert refused(path).endswith("has a header and no records, so there is nothing to file.")


def test_a_repeated_id_would_file_one_record_only(tmp_path: Path) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [ROW, ROW])
    assert "Records 1 and 2" in refused(path)


@pytest.mark.parametrize("moment", ["kemarin", "2022-03-01", "2022-03-01T01:00:00", "2999-01-01T00:00:00Z"])
def test_a_time_must_be_whole_and_past(tmp_path: Path, moment: str) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [(*ROW[:7], moment, "")])
    assert "Record 1: column tanggal_keluhan" in refused(path)


def test_a_good_file_without_a_stack_says_that_none_runs(tmp_path: Path) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [ROW])
    assert "No stack runs" in refused(path)


def test_a_byte_order_mark_and_quoted_lines_are_understood(tmp_path: Path) -> None:
    row = ("1", 'Baris satu,\r\n"baris" dua', *ROW[2:])
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [row], encoding="utf-8-sig")
    [read] = table.read(path, surabaya.COLUMNS, "id")
    assert read.text("keluhan") == 'Baris satu,\r\n"baris" dua'


def test_an_answer_dated_before_its_complaint_is_dated_to_it(tmp_path: Path) -> None:
    row = (*ROW[:8], "2022-02-27T00:00:00Z")
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [row])
    [case] = surabaya.plan(table.read(path, surabaya.COLUMNS, "id")).cases
    answer = case.step(Act.RESPOND)
    assert answer is not None
    assert answer.at == case.filed_at == datetime(2022, 3, 1, 1, tzinfo=UTC)
    assert any("dated to the complaint" in note for note in case.notes)


def test_steps_never_go_back_in_time(tmp_path: Path) -> None:
    for name, write in (("surabaya", csv_files.surabaya), ("bandung", csv_files.bandung)):
        profile = PROFILES[name]
        rows = table.read(write(tmp_path / f"{name}.csv", 60), profile.columns, profile.unique)
        for case in profile.plan(rows).cases:
            moments = [case.filed_at, *(step.at for step in case.steps)]
            assert moments == sorted(moments)


def test_a_secret_record_gets_a_text_that_says_there_is_none(tmp_path: Path) -> None:
    rows = table.read(csv_files.bandung(tmp_path / "b.csv", 3), bandung.COLUMNS, "tracking_id")
    secret = bandung.plan(rows).cases[2]
    assert secret.filing["visibility"] == "secret"
    assert secret.filing["description"] == bandung.HIDDEN_TEXT


def test_a_complaint_from_elsewhere_is_decided_by_who_stands_above_both(tmp_path: Path) -> None:
    rows = table.read(csv_files.bandung(tmp_path / "b.csv", 8), bandung.COLUMNS, "tracking_id")
    acting = {case.filing["area"]: case.steps[0].agency for case in bandung.plan(rows).cases if case.steps}
    assert acting == {"32.73": "32", "32.04": "32.04", "31.71": "id"}


@pytest.mark.parametrize(
    ("district", "village", "code"),
    [
        ("Gununganyar", "Gunung Anyar Tambak", "35.78.25.1004"),
        ("Rungkut", "Wonorejo Rungkut", "35.78.03.1005"),
        ("Tegalsari", "Wonorejo Tegalsari", "35.78.05.1005"),
        ("Asemrowo", "", "35.78.28"),
        ("Pabean Cantikan", "Bongkaran", "35.78.12.1001"),
        ("Nowhere", "Bongkaran", "35.78"),
    ],
)
def test_places_are_found_however_they_are_spelled(tmp_path: Path, district: str, village: str, code: str) -> None:
    path = csv_files.write(tmp_path / "a.csv", csv_files.SURABAYA, [(*ROW[:2], district, village, *ROW[4:])])
    [case] = surabaya.plan(table.read(path, surabaya.COLUMNS, "id")).cases
    assert case.filing["area"] == code


def test_a_bare_name_is_the_regency_and_not_the_city() -> None:
    places = Places("32.04", {})
    found = {name: places.regency(name) for name in ("Bandung", "Kota Bandung", "Kota Jakarta Barat", "Atlantis")}
    assert [area and area.code for area in found.values()] == ["32.04", "32.73", "31.73", None]


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_topic_of_a_profile_means_a_category_of_ours(profile: str) -> None:
    sheet = Sheet.read(profile)
    assert sheet.category("Jalan berlubang") == "jalan-rusak"
    assert sheet.category("sesuatu yang lain sama sekali") == "lainnya"
