"""The e-mail channel against real mail servers, the kind and the unkind."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contracts.vocabulary import Language
from kentongan.stack.ports import free_port
from kit.post import Sink, accept, answer, hang_up, keep_waiting, running, then
from notify.channels import Accepted, Deferred, Parcel, Rejected
from notify.channels.email import BadAddress, Email, Server, compose, parse_address
from notify.letters import Letter

SENDER = "Kentongan <no-reply@kentongan.example>"
LETTER = Letter(Language.INDONESIAN, "Ada kabar baik: “beres”", "Halo.\nTerima kasih.\n", "<p>Halo <b>Anda</b>.</p>")
WRITTEN_AT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)


def parcel(address: str = "sari@contoh.example", number: UUID | None = None) -> Parcel:
    return Parcel(number or uuid4(), address, LETTER, WRITTEN_AT)


def email(port: int, **settings: float) -> Email:
    return Email(Server("127.0.0.1", port), SENDER, timeout=settings.get("timeout", 5.0))


async def test_a_letter_arrives_as_text_and_html_twins_with_honest_headers(sink: Sink) -> None:
    sent = parcel()
    channel = email(sink.port)
    assert await channel.send(sent) == Accepted(250)
    await channel.rest()
    (letter,) = sink.letters
    assert letter["Message-ID"] == f"<{sent.id}@kentongan.example>"
    assert letter["From"] == SENDER
    assert letter["To"] == "sari@contoh.example"
    assert letter["Subject"] == "Ada kabar baik: “beres”"
    assert letter["Date"] == "Tue, 24 Nov 2026 01:02:03 +0000"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "id"
    assert "List-Unsubscribe" not in letter
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == LETTER.text.splitlines()
    assert html.get_content().strip() == LETTER.html
    assert letter.get_content_type() == "multipart/alternative"


def test_the_same_parcel_makes_the_same_bytes_every_time() -> None:
    sent = parcel()
    assert compose(sent, SENDER).as_bytes() == compose(sent, SENDER).as_bytes()


async def test_connections_are_reused(sink: Sink) -> None:
    channel = email(sink.port)
    for _ in range(20):
        assert await channel.send(parcel()) == Accepted(250)
    assert sink.connections == 1
    await asyncio.gather(*(channel.send(parcel()) for _ in range(40)))
    assert len(sink.letters) == 60
    assert sink.connections <= 40
    await channel.rest()


async def test_a_connection_is_given_up_after_a_hundred_letters(sink: Sink) -> None:
    channel = email(sink.port)
    for _ in range(101):
        await channel.send(parcel())
    assert sink.connections == 2
    await channel.rest()


async def test_a_connection_the_server_closed_while_idle_is_opened_anew(sink: Sink) -> None:
    channel = email(sink.port)
    await channel.send(parcel())
    for transport in sink.transports:
        transport.abort()
    await asyncio.sleep(0.05)
    assert await channel.send(parcel()) == Accepted(250)
    await channel.rest()


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("451 greylisted", Deferred("try_later", 451)),
        ("452 full", Deferred("try_later", 452)),
        ("550 no", Rejected("refused_by_server", 550)),
        ("554 spam", Rejected("refused_by_server", 554)),
    ],
)
async def test_the_reply_code_decides(sink: Sink, reply: str, outcome: Deferred | Rejected) -> None:
    sink.temper = then(answer(reply), accept)
    channel = email(sink.port)
    assert await channel.send(parcel()) == outcome
    assert await channel.send(parcel()) == Accepted(250)
    await channel.rest()


async def test_an_address_nobody_has_is_rejected_and_the_next_letter_goes_out(sink: Sink) -> None:
    channel = email(sink.port)
    assert await channel.send(parcel("nobody@contoh.example")) == Rejected("refused_by_server", 550)
    assert await channel.send(parcel()) == Accepted(250)
    assert sink.connections == 1
    await channel.rest()


async def test_a_server_that_hangs_up_during_data_defers(sink: Sink) -> None:
    sink.temper = hang_up
    assert await email(sink.port).send(parcel()) == Deferred("connection_lost")


async def test_a_server_that_never_answers_defers_within_the_time_out(sink: Sink) -> None:
    sink.temper = keep_waiting(30)
    started = asyncio.get_running_loop().time()
    assert await email(sink.port, timeout=1.0).send(parcel()) == Deferred("timed_out")
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_server_that_is_away_defers() -> None:
    assert await email(free_port()).send(parcel()) == Deferred("unreachable")


async def test_a_server_that_refuses_the_whole_conversation_says_nothing_about_the_letter() -> None:
    async with running(Sink(greeting="554 no service")) as closed:
        assert await email(closed.port).send(parcel()) == Deferred("unreachable", 554)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "sari@contoh.example\r\nBcc: all@contoh.example",
        "a@contoh.example, b@contoh.example",
        "säri@contoh.example",
        "@contoh.example",
        "sari@",
    ],
)
async def test_what_is_not_one_address_is_rejected_without_asking_the_server(sink: Sink, address: str) -> None:
    assert await email(sink.port).send(parcel(address)) == Rejected("bad_address")
    assert sink.connections == 0


def test_a_sender_may_have_a_name() -> None:
    assert parse_address(SENDER).domain == "kentongan.example"
    with pytest.raises(BadAddress):
        parse_address("Kentongan")
