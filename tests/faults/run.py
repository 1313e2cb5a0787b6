"""A run: start everything, make faults while clients work, let it get quiet, and check."""

import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults import checker, cluster, faults, ledger, pooling, recorded, report, seeding_names, service
from tests.faults.client import Client, Connection
from tests.faults.faults import World
from tests.faults.follower import Follower, all_targets
from tests.faults.ledger import Ledger
from tests.faults.options import Options
from tests.faults.proxy import Proxy
from tests.faults.pulse import Pulse
from tests.faults.scheduler import Fault, make_faults
from tests.faults.service import Service
from tests.faults.staff import Browser, Staff
from tests.faults.workload import Workload

QUIET_SECONDS = 240
"""How long the clients may take to finish what they have begun."""
LONGEST_PAUSE = 30.0


@dataclass
class Crew:
    """The threads that use the service."""

    clients: list[Client]
    staff: Staff
    follower: Follower

    def start(self) -> None:
        """Start all."""
        for thread in (*self.clients, self.staff, self.follower):
            thread.start()

    def finish(self) -> list[str]:
        """Let clients and staff finish what they have begun, then the follower. Return who did not end in time."""
        threads: list[Client | Staff] = [*self.clients, self.staff]
        deadline = time.monotonic() + QUIET_SECONDS
        for thread in threads:
            thread.stopping.set()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.follower.stopping.set()
        self.follower.join(60)
        alive: list[threading.Thread] = [*threads, self.follower]
        return [f"{thread.name} did not end" for thread in alive if thread.is_alive()]


def run(options: Options) -> int:
    """Make a run, print its report, and return the exit code: 1 if anything is lost, doubled or unexplained."""
    print(f"seed {options.seed}, {options.seconds:g} s, {options.clients} clients", flush=True)
    folder = options.ledger or Path(tempfile.mkdtemp(prefix="ordinavo-ledger-", dir="/var/tmp"))
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        database = stack.enter_context(cluster.running(options.folder, folder / "postgresql.log"))
        kinds = [kind for kind in options.kinds if kind != "full-disk" or database.disk]
        if kinds != options.kinds:
            print("full-disk is skipped: mounting a small file system needs root, mkfs.ext4 and a loop device.")
        secrets = service.seed(database.url)
        way = stack.enter_context(pooling.way(database, options.pooler))
        kinds = [kind for kind in kinds if kind != "kill-pooler" or way.pooler]
        served = stack.enter_context(_serving(way.environment, folder))
        proxy = Proxy(served.port, options.seed)
        proxy.start()
        stack.callback(proxy.stop)
        longest = min(LONGEST_PAUSE, options.seconds / 10)
        world = World(database, served, proxy, random.Random(options.seed), longest, way.pooler)
        pulse = Pulse()
        crew = _crew(options, world, pulse, secrets, folder)
        crew.start()
        made = make_faults(world, pulse, kinds, options.seconds, options.pause)
        late = crew.finish()
        return _conclude(crew, world, pulse, made, late, folder, keep=options.ledger is not None)


def _crew(options: Options, world: World, pulse: Pulse, secrets: dict[str, str], folder: Path) -> Crew:
    """Return the threads, not started. Every other client is behind the proxy."""
    direct, behind = world.service.port, world.proxy.port
    clients = []
    for number in range(options.clients):
        workload = Workload(options.seed, number)
        port, token = (behind if number % 2 else direct), secrets[workload.system]
        connections = Connection(port, token), Connection(port, token)
        clients.append(Client(workload, Ledger(folder / f"client-{number:02}.jsonl"), pulse, connections))
    login = (seeding_names.USERNAME, secrets["password"])
    staff = Staff(
        Browser(direct),
        login,
        Ledger(folder / "staff.jsonl"),
        pulse,
        lambda: [target for client in clients for target in client.targets],
    )
    return Crew(clients, staff, Follower(Connection(direct, secrets[seeding_names.READER])))


def _conclude(
    crew: Crew, world: World, pulse: Pulse, made: list[Fault], late: list[str], folder: Path, *, keep: bool
) -> int:
    """Check, print the report and return the exit code. Delete the ledger if nothing was found, unless `keep`."""
    follower = crew.follower
    for _ in range(20):  # a page may be refused just after the last fault
        while follower.read_page():
            pass
    found = recorded.read(world.cluster)
    found = replace(found, copy=follower.copy, documents=all_targets(follower.connection))
    entries = ledger.read(folder)
    problems = checker.check(entries, found)
    complaints = [*late, *pulse.errors, *follower.complaints]
    complaints += [
        f"no success within {fault.ended:.0f} s after {fault.kind}" for fault in made if fault.recovery is None
    ]
    report.write_faults(made, pulse)
    report.write_counts(entries, found, pulse, world)
    report.write_problems(problems, complaints, folder)
    if problems or complaints or keep:
        print(f"The ledger and the logs are in {folder}.")
    else:
        shutil.rmtree(folder)
    return int(bool(problems))


@contextmanager
def _serving(environment: dict[str, str], folder: Path) -> Iterator[Service]:
    """Start the service. At the end, stop it."""
    served = service.create(environment, folder / "service.log")
    served.start()
    try:
        served.wait_until_open()
        yield served
    finally:
        served.kill()


KINDS = list(faults.ALL)
