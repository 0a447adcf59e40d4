"""One stack under load for all faults, and their figures at the end of the run."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.rig import HEADER, Report, Rig, rig

REPORTS: list[Report] = []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def suffering(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """Give the stack with its crowd; every fault leaves it at rest and whole."""
    async with rig(tmp_path_factory.mktemp("faults")) as made:
        made.reports = REPORTS
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each fault came to."""
    if REPORTS:
        terminalreporter.section("faults")
        for line in (HEADER, *(report.line() for report in REPORTS)):
            terminalreporter.write_line(line)
