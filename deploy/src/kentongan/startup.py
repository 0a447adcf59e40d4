"""The steps of `kentongan up`, from Java to the table."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from kentongan import databases, migrations, seeds, topics
from kentongan.files import write_private
from kentongan.names import SERVICES
from kentongan.program import Program, run_once
from kentongan.progress import Progress, Step
from kentongan.stack import jars, java, processes
from kentongan.stack.kafka import Kafka
from kentongan.stack.postgres import Postgres
from kentongan.supervisor import Supervisor
from kentongan.wiring import Wiring


@dataclass(frozen=True)
class Startup:
    """Brings the parts up in the order in which they need each other."""

    wiring: Wiring
    supervisor: Supervisor
    progress: Progress
    speed: float

    async def run(self) -> None:
        """Go through all steps; a failure is a StackError with one sentence."""
        await _together(self._kafka(), self._postgres(), self._mailbox())
        with self.progress.step("migrations") as step:
            applied = await asyncio.gather(*(migrations.apply(name, self.wiring.dsn(name)) for name in SERVICES))
            step.result = f"{sum(applied)} applied" if any(applied) else "all there"
        await _together(*(self._service(name) for name in SERVICES), self._seed())
        if self.wiring.demo:
            await self._demo()

    async def _kafka(self) -> None:
        if self.wiring.others.kafka is None:
            await self._own_kafka()
        with self.progress.step("topics") as step:
            created = await asyncio.to_thread(topics.create, self.wiring.kafka)
            step.result = f"{len(created)} created" if created else "all there"

    async def _own_kafka(self) -> None:
        with self.progress.step("java") as step:
            step.result = f"Java {(await asyncio.to_thread(java.find)).major}"
        with self.progress.step("jars") as step:
            paths = await asyncio.to_thread(jars.provide, progress=_counting(step))
            step.result = f"{len(paths)} jars, each checked against its SHA-256"
        kafka = Kafka(self.wiring.layout.kafka, self.wiring.ports["kafka"], log=self.wiring.layout.log("kafka"))
        kafka.environment = self.wiring.inherited
        with self.progress.step("kafka") as step:
            step.result = kafka.bootstrap
            await self.supervisor.start(kafka)

    async def _postgres(self) -> None:
        if not self.wiring.others.needs_postgres:
            return
        vault = self.wiring.vault
        log = self.wiring.layout.log("postgres")
        server = Postgres(
            self.wiring.layout.postgres, self.wiring.ports["postgres"], log=log, password=vault.superuser_password
        )
        with self.progress.step("postgres") as step:
            step.result = server.bootstrap
            await self.supervisor.start(server)
        with self.progress.step("databases") as step:
            ours = [name for name in SERVICES if name not in self.wiring.others.databases]
            step.result = ", ".join(ours)
            await databases.prepare(server.dsn(), vault, ours)

    async def _mailbox(self) -> None:
        ports, layout = self.wiring.ports, self.wiring.layout
        addresses = ["--smtp-port", str(ports["smtp"]), "--http-port", str(ports["mailbox"])]
        command = ["kentongan.mailbox", *addresses, "--data", str(layout.mailbox)]
        url = self.wiring.url("mailbox")
        program = Program("mailbox", command, self.wiring.inherited, layout.log("mailbox"), f"{url}/")
        with self.progress.step("mailbox") as step:
            step.result = url
            await self.supervisor.start(program)

    async def _service(self, name: str) -> None:
        url = self.wiring.url(name)
        log = self.wiring.layout.log(name)
        program = Program(name, [name], self.wiring.variables(name), log, f"{url}/readyz")
        with self.progress.step(name) as step:
            step.result = url
            await self.supervisor.start(program)

    async def _demo(self) -> None:
        layout = self.wiring.layout
        if not layout.demo_done.exists():
            with self.progress.step("demo data") as step:
                step.result = "2,000 complaints over 90 days, all made up"
                await self._fill(step)
                layout.demo_done.touch()
        command = ["kentongan.demo", "trickle", "--speed", str(self.speed)]
        await self.supervisor.start(Program("demo", command, self.wiring.demo_variables, layout.log("demo")))

    async def _fill(self, step: Step) -> None:
        log = self.wiring.layout.log("demo")
        filling = asyncio.create_task(
            run_once(["kentongan.demo", "fill"], self.wiring.demo_variables, log, "Filing the demo complaints")
        )
        while not (await asyncio.wait({filling}, timeout=0.5))[0]:
            step.show(processes.tail(log, lines=1))
        await filling

    async def _seed(self) -> None:
        """Register the agencies, unless the same seed was sown into the same database before."""
        wiring = self.wiring
        print_of_seed = await asyncio.to_thread(seeds.fingerprint, wiring.dsn("routing"), wiring.vault.seed_password)
        if seeds.is_sown(wiring.layout.seeded, print_of_seed):
            return
        with self.progress.step("seed") as step:
            step.result = "agencies and accounts of Tulungagung"
            log = wiring.layout.log("seed")
            await run_once(["routing", "seed"], wiring.variables("routing"), log, "Seeding the agencies")
        write_private(wiring.layout.seeded, print_of_seed)


async def _together(*steps: Coroutine[None, None, None]) -> None:
    """Run steps at once; when one fails the others are called off, and its own sentence comes out."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures


def _counting(step: Step) -> Callable[[int, int], None]:
    def show(done: int, of: int) -> None:
        step.show(f"{done} of {of} fetched")

    return show
