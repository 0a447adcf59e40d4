"""kill -9 anything at any time: after each part's kills under load, every promise holds."""

import asyncio
from random import Random

import pytest

from kit.rig import Fault, Rig

pytestmark = pytest.mark.faults


def kills(*parts: str, each: int = 3) -> Fault:
    """Kill every one of these parts a few times, at random moments, starting or not."""

    async def fault(rig: Rig, random: Random) -> None:
        await asyncio.gather(*(_kill(rig, part, random, each) for part in parts))

    return fault


async def _kill(rig: Rig, part: str, random: Random, times: int) -> None:
    waiting = []
    for _ in range(times):
        await asyncio.sleep(random.uniform(0.2, 3.0))
        blow = await rig.kill(part)
        waiting.append(asyncio.create_task(rig.back(blow)))
        if random.random() < 0.7:  # and sometimes the next blow falls while it is still starting
            await waiting[-1]
    await asyncio.gather(*waiting)


@pytest.mark.parametrize(
    ("parts", "each"),
    [(("intake", "notify"), 3), (("routing", "reporting"), 3), (("kafka",), 2), (("postgres",), 5)],
    ids=str,
)
async def test_the_promises_hold_when_parts_are_killed(suffering: Rig, parts: tuple[str, ...], each: int) -> None:
    await suffering.suffer(f"kill {'+'.join(parts)}", kills(*parts, each=each))
