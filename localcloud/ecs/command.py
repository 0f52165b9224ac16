"""The command line: builds an engine from its options, serves it, and ends it as it was told to."""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.ecs import delays
from localcloud.ecs.arns import Arns
from localcloud.ecs.engine import Engine, Settings
from localcloud.ecs.http import Server
from localcloud.ecs.journal import FileJournal
from localcloud.ecs.runtimes.choice import choose
from localcloud.ecs.sinks import http_sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(name)s %(levelname)s %(message)s")
    with _state(options) as state:
        _serve(options, state)
    return 0


@contextmanager
def _state(options: argparse.Namespace) -> Iterator[Path]:
    """Give the folder of the journal. One that was made here goes at the end, unless containers stay that it knows."""
    state = Path(options.state_dir or tempfile.mkdtemp(prefix="localcloud-ecs-"))
    state.mkdir(parents=True, exist_ok=True)
    yield state
    if not options.state_dir and options.on_exit == "stop":
        shutil.rmtree(state, ignore_errors=True)


def _serve(options: argparse.Namespace, state: Path) -> None:
    journal = FileJournal(state / "journal.sqlite3")
    engine = _engine(options, state, journal)
    server = Server((options.host, options.port), engine)
    ended = _ended_by_signal(server)
    engine.open()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    _tell(server.url, engine, options.ready_file)
    ended.wait()
    _end(server, engine, stop=options.on_exit == "stop")
    journal.close()


def _engine(options: argparse.Namespace, state: Path, journal: FileJournal) -> Engine:
    settings = Settings(
        arns=Arns(options.region, options.account),
        delays=options.delays,
        throttle=options.rates == "aws",
        clusters=tuple(options.cluster),
    )
    sinks = [http_sink(url) for url in options.event_url]
    return Engine(choose(options.runtime, state, journal), settings=settings, journal=journal, sinks=sinks)


def _ended_by_signal(server: Server) -> threading.Event:
    ended = server.closing
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def _tell(url: str, engine: Engine, ready_file: str | None) -> None:
    word = {"url": url, "runtime": engine.runtime_name, "region": engine.settings.arns.region}
    print(f"ECS on {url} ({engine.runtime_name}): export AWS_ENDPOINT_URL_ECS={url}", flush=True)
    if ready_file:
        unfinished = Path(f"{ready_file}.part")
        unfinished.write_text(json.dumps(word))
        unfinished.rename(ready_file)


def _end(server: Server, engine: Engine, *, stop: bool) -> None:
    server.shutdown()
    engine.close(stop=stop)
    server.server_close()
    print("ECS stopped" if stop else "ECS stopped; its containers go on", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud.ecs", description="A faithful local Amazon ECS.")
    option = parser.add_argument
    option("--host", default="127.0.0.1")
    option("--port", type=int, default=4567, help="0 takes a free one")
    option("--region", default="eu-west-1")
    option("--account", default="000000000000")
    option("--runtime", choices=["auto", "docker", "process", "simulated"], default="auto")
    option("--state-dir", help="what a restart needs; else a temporary folder, gone at the end")
    option("--event-url", action="append", default=[], help="where events are posted; may be given again")
    option("--cluster", action="append", default=[], help="a cluster to make at the start; may be given again")
    option("--delays", type=delays.parse, default=delays.NONE, help="none, fargate or step=seconds,...")
    option("--rates", choices=["off", "aws"], default="off", help="AWS's token buckets")
    option("--on-exit", choices=["stop", "leave"], default="stop", help="what becomes of containers")
    option("--ready-file", help="gets the URL as JSON once calls are taken")
    option("--log-level", default="warning")
    return parser
