"""CSV files in the form of the profiles of `kentongan load`, made up here: nothing in them comes from real files."""

import csv
from collections.abc import Sequence
from pathlib import Path
from random import Random

SURABAYA = (
    "id", "keluhan", "kecamatan", "kelurahan", "topik", "jenis_topik", "instansi", "tanggal_keluhan",
    "tanggal_ditanggapi",
)  # fmt: skip
BANDUNG = (
    "tracking_id", "diterima", "klasifikasi", "id_kategori", "kategori", "anonim", "rahasia", "sumber", "judul",
    "isi_awal", "instansi_induk", "instansi_terdisposisi", "status", "alasan_tunda_arsip", "kota_kabupaten",
    "kecamatan", "kelurahan",
)  # fmt: skip

_PLACES = (("Gununganyar", "Gunung Anyar Tambak"), ("Rungkut", "Wonorejo Rungkut"), ("Pabean Cantikan", ""))
_TOPICS = (
    ("Jalan Rusak dan Berlubang", "Dinas Bina Marga Contoh"),
    ("PJU", "Dinas Perhubungan Contoh"),
    ("Hal yang tak terduga", "Kelurahan Wonorejo - Rungkut"),
    ("", "Kecamatan Gunung Anyar"),
)
_STATUSES = (
    ("Ditutup oleh Sistem", "Dinas Sosial Kabupaten Bandung"),
    ("Ditutup oleh Pelapor", "Kecamatan Soreang"),
    ("Diarsipkan oleh Admin", ""),
    ("Menunggu Kelengkapan Informasi", "Pemerintah Kabupaten Bandung"),
    ("Konten Terblokir", ""),
)
_CLASSES = ("Aspirasi", "Permintaan Informasi", "Pengaduan Berkadar Pengawasan")
_REGENCIES = ("Bandung", "Kota Bandung", "", "Kota Jakarta Pusat")
_RECEIVER = "Pemerintah Kabupaten Bandung"


def surabaya(path: Path, count: int, *, first: int = 1) -> Path:
    """Write a file for the profile `surabaya`: most answered, one before it was filed, texts with quotes and lines."""
    dice = Random(first)
    rows = []
    for number in range(first, first + count):
        district, village = _PLACES[number % len(_PLACES)]
        topic, agency = _TOPICS[number % len(_TOPICS)]
        filed = f"2022-03-{1 + number % 28:02d}T0{number % 9}:15:00Z"
        hour = 0 if number % 17 == 0 else 9 + number % 12
        answered = "" if number % 8 == 0 else f"2022-03-{1 + number % 28:02d}T{hour:02d}:{dice.randrange(60):02d}:30Z"
        text = f'Warga contoh {number} menulis, "tolong",\ndi baris kedua.'
        rows.append((number, text, district, village, topic, "fisik", agency, filed, answered))
    return write(path, SURABAYA, rows)


def bandung(path: Path, count: int) -> Path:
    """Write a file for the profile `bandung`: classes, visibilities, secret records without text, every status."""
    rows = []
    for number in range(1, count + 1):
        secret = number % 3 == 0
        status, agency = _STATUSES[number % len(_STATUSES)]
        title, text = ("", "") if secret else (f"Judul contoh {number}", f"Isi contoh {number}")
        known = {
            "tracking_id": f"52{number:05d}",
            "diterima": f"2023-05-{1 + number % 28:02d}T04:{number % 60:02d}:34Z",
            "klasifikasi": _CLASSES[number % len(_CLASSES)],
            "kategori": "Infrastruktur Jalan",
            "anonim": str(number % 2 == 0),
            "rahasia": str(secret),
            "judul": title,
            "isi_awal": text,
            "instansi_induk": _RECEIVER,
            "instansi_terdisposisi": agency,
            "status": status,
            "kota_kabupaten": _REGENCIES[number % len(_REGENCIES)],
        }
        rows.append([known.get(column, "") for column in BANDUNG])
    return write(path, BANDUNG, rows)


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]], *, encoding: str = "utf-8") -> Path:
    """Write a file."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
