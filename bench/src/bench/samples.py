"""Events of ordinary size to measure with: made here, about nobody."""

import uuid
from datetime import UTC, datetime

from contracts.intake import ComplaintFiled
from contracts.sealing import Clear, DataKey, seal
from contracts.vocabulary import Channel, Classification, Clock, Due, Language, Visibility

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def filed() -> ComplaintFiled:
    """Give one filed complaint, already sealed: about 1,200 bytes on the wire."""
    event = ComplaintFiled(
        code="KTG-35.04-7K2M-9QX4",
        classification=Classification.COMPLAINT,
        category="jalan-rusak",
        area="35.04.02.2004",
        visibility=Visibility.NAMED,
        channel=Channel.API,
        language=Language.INDONESIAN,
        title=Clear("Jalan berlubang di depan pasar"),
        description=Clear("Lubang sedalam lutut di depan pasar, sudah tiga minggu. " * 4),
        dues=(Due(clock=Clock.VERIFICATION, at=NOON, policy="2025-05-01"),),
    )
    return seal(event, DataKey.fresh(uuid.uuid4()), "/intake/sample", 1)
