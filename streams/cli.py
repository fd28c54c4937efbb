"""The command line: reads arguments and settings, calls one module, and turns what happened into lines and an exit status."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import fields
from pathlib import Path
from typing import get_args

import click
from rich.console import Console

from streams import __version__, dead_letters, inputs, jars, subscribe, topics
from streams import publish as publishing
from streams.broker import DEFAULT_PORT, LocalBroker
from streams.core.records import Reason
from streams.counter import counter
from streams.errors import LodestreamError
from streams.settings import PREFIX, Settings, load

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

MAX_LINES = 20
"""Failures that are shown one by one."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exits with 0 done, 1 failed, 2 wrong use, 130 interrupted."""
    try:
        status = cli.main(args=arguments, prog_name="lodestream", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except LodestreamError as error:
        click.echo(f"lodestream: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # a full disk behind standard output, above all: commands tell of their files themselves
        click.echo(f"lodestream: {error}", err=True)
        os._exit(1)  # else Python tries once more, and says so in a traceback
    sys.exit(status if isinstance(status, int) else 0)


def settings() -> Settings:
    """The settings of the environment."""
    return load(os.environ)


def known(file: str, option: str, value: str | None) -> str | None:
    """The value, when it is one of the ids of a data file; a misspelt one must not look like an absence of news."""
    if value is None:
        return None
    from streams.data_files import TYPES, in_force, read  # noqa: PLC0415 - few uses need it

    path = in_force(settings().data_dir)[f"{file}.json"]
    _, content = read(path, TYPES[path.name])
    if value not in {entry.id for entry in getattr(content, file)}:
        raise click.BadParameter(f"{value!r} is unknown: see {path}", param_hint=option)
    return value


def stage_names(value: str | None) -> tuple[str, ...]:
    """The stages of a comma-separated list, all of them when it is not given."""
    from streams.topology import STAGES  # noqa: PLC0415 - loads what most commands don't need

    names = tuple(stage.name for stage in STAGES)
    chosen = tuple(part.strip() for part in value.split(",")) if value is not None else names
    if not set(chosen) <= set(names):
        raise click.BadParameter(f"{value!r} must be of {', '.join(names)}", param_hint="--stages")
    return chosen


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lodestream")
def cli() -> None:
    """From raw news articles on Kafka to alerts about the supply of critical minerals.

    Settings are environment variables that start with LODESTREAM_: see `lodestream check-config`.
    """


@cli.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default="replay",
    show_default=True,
    help="Folder for the results; it is made.",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def replay(paths: tuple[str, ...], output: Path) -> None:
    """Run the whole pipeline without Kafka.

    PATH is a .jsonl or .jsonl.gz file of raw events, a .txt or .html article, a folder of those, or - for events on standard
    input. The same input gives the same bytes.
    """
    from streams.replay import replay as run  # noqa: PLC0415 - loads models that no other command needs

    run(paths, output, settings().data_dir)


@cli.command()
@click.option("--id", "wanted", metavar="ID", help="Its id, its url, or where it stands, as FILE:LINE; else the first article.")
@click.argument("path", metavar="PATH")
def explain(path: str, wanted: str | None) -> None:
    """Explain one article: what was removed, what each stage decided and why, and what would have changed it.

    PATH is what `replay` takes. Articles before it in the input are told first, so that its story is right.
    """
    from streams.explain.run import explain as run  # noqa: PLC0415 - loads models that no other command needs

    run(path, wanted, settings().data_dir)


@cli.command()
@click.option(
    "--sets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="LODESTREAM_EVAL_SETS",
    show_envvar=True,
    help="Folder of labelled sets; ../shared/eval/data or else tests/sets when not given.",
)
@click.option(
    "--committed",
    type=click.Path(dir_okay=False, path_type=Path),
    default="tests/evaluation.json",
    show_default=True,
    help="Results to compare with.",
)
@click.option("--update", is_flag=True, help="Write the results there instead: from now on they are what is compared with.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures to this file.")
def evaluate(*, sets: Path | None, committed: Path, update: bool, json_file: Path | None) -> None:
    """Measure quality on labelled articles: precision, recall, F1 and mistakes, against targets and the last results.

    Figures of sets that the models learned from are cross-validated by outlet and story, which needs the extra `train`.
    """
    from streams.evaluation.run import evaluate as run  # noqa: PLC0415 - loads models that no other command needs

    run(sets, committed, json_file, settings().data_dir, update=update)


@cli.command()
@click.option("--stages", metavar="NAMES", help="Stages to run, separated by commas; all of them when not given.")
def worker(stages: str | None) -> int:
    """Run the service: read raw articles, publish alerts, until SIGTERM or Ctrl-C."""
    names = stage_names(stages)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # it waits until the worker can reload
    from streams.worker import run  # noqa: PLC0415 - loads Faust and models that no other command needs

    return run(settings(), names)


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def publish(paths: tuple[str, ...]) -> None:
    """Publish articles to the raw topic; takes what `replay` takes."""
    found = inputs.read(paths)
    with counter("acknowledged") as progress:
        report = asyncio.run(publishing.publish(settings(), found, progress))
    spread = ", ".join(f"{partition}: {count}" for partition, count in sorted(report.partitions.items()))
    click.echo(f"{report.acknowledged} acknowledged" + (f" (partition {spread})" if spread else ""))
    if report.failures:
        for line in report.failures[:MAX_LINES]:
            click.echo(line, err=True)
        raise LodestreamError("not everything was acknowledged: publish the rest again; what is sent twice is told once")


@cli.command()
@click.option("--follow", is_flag=True, help="Wait for new alerts, until Ctrl-C.")
@click.option("--from-beginning", is_flag=True, help="With --follow: begin with the oldest alert instead of the next one.")
@click.option("--mineral", metavar="ID", help="Only alerts about this mineral, such as lithium.")
@click.option("--country", metavar="ISO3", help="Only alerts about this country, such as COD.")
@click.option("--min-severity", type=click.Choice(subscribe.SEVERITIES), help="Only alerts of at least this severity.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines, as when the output is no terminal.")
def alerts(
    *, follow: bool, from_beginning: bool, mineral: str | None, country: str | None, min_severity: str | None, as_json: bool
) -> None:
    """Show the alerts that there are, or those to come; committed ones alone."""
    wanted = subscribe.Filter(
        mineral=known("minerals", "--mineral", mineral and mineral.lower()),
        country=known("countries", "--country", country and country.upper()),
        min_severity=min_severity,
    )
    write = subscribe.table_writer(Console()) if sys.stdout.isatty() and not as_json else subscribe.write_json
    subscribe.show(settings(), wanted, follow_on=follow, from_beginning=from_beginning, write=write)


@cli.group("dead-letter")
def dead_letter() -> None:
    """Look at refused records, and send them again."""


reason_option = click.option("--reason", type=click.Choice(get_args(Reason)), help="Only those refused for this reason.")


@dead_letter.command("list")
@reason_option
@click.option("--stages", metavar="NAMES", help="Only those refused by these stages, separated by commas.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines, as when the output is no terminal.")
def dead_letter_list(*, reason: str | None, stages: str | None, as_json: bool) -> None:
    """List refused records, oldest first, and count them by reason."""
    found = asyncio.run(
        dead_letters.read(settings(), dead_letters.Selection(reason=reason, stages=stage_names(stages) if stages else None))
    )
    if as_json or not sys.stdout.isatty():
        for each in found:
            click.echo(json.dumps(each.summary()))
        return
    Console().print(dead_letters.table(found))
    for name, count in dead_letters.count_by_reason(found):
        click.echo(f"{count:6} {name}")
    click.echo(f"{len(found):6} in all")


@dead_letter.command("show")
@click.argument("identifier", metavar="ID")
def dead_letter_show(identifier: str) -> None:
    """Show the headers and the original bytes of one refused record; ID is partition:offset, as `list` gives it."""
    (found,) = asyncio.run(dead_letters.read(settings(), dead_letters.Selection(ids={identifier})))
    for line in dead_letters.readable(found):
        click.echo(line)


@dead_letter.command("redrive")
@reason_option
@click.option("--all", "everything", is_flag=True, help="All that were not sent again yet.")
@click.option("--yes", is_flag=True, help="Send; without it only say what would be sent.")
@click.argument("identifiers", nargs=-1, metavar="[ID...]")
def dead_letter_redrive(*, reason: str | None, everything: bool, yes: bool, identifiers: tuple[str, ...]) -> None:
    """Send refused records again to the topic they came from, each of them once."""
    if [bool(reason), everything, bool(identifiers)].count(True) != 1:
        raise click.UsageError("Give either ID..., --reason or --all.")
    selection = dead_letters.Selection(reason=reason, ids=set(identifiers) or None)

    async def run() -> None:
        found = await dead_letters.read(settings(), selection)
        pending = [each for each in found if not each.redriven]
        if len(found) > len(pending):
            click.echo(f"{len(found) - len(pending)} left out: sent again already")
        if not yes:
            for each in pending:
                click.echo(f"would send {each.id} to {each.header('dl_topic')} ({each.header('dl_reason')})")
            click.echo(f"{len(pending)} to send: run it again with --yes")
            return
        async with aclosing(dead_letters.redrive(settings(), pending)) as sent:
            async for each in sent:
                click.echo(f"sent {each.id} to {each.header('dl_topic')}")
        click.echo(f"{len(pending)} sent")

    asyncio.run(run())


@cli.group("topics")
def topic() -> None:
    """The topics and their settings."""


@topic.command("apply")
def topics_apply() -> None:
    """Create the topics that are missing; topics that differ are reported, not changed."""
    report = asyncio.run(topics.apply(settings()))
    for name in report.created:
        click.echo(f"{name}: created")
    tell(report)


@topic.command("check")
def topics_check() -> None:
    """Compare the topics with what they should be; fails when one is missing or differs."""
    tell(asyncio.run(topics.check(settings())))


def tell(report: topics.Report) -> None:
    """Print how the topics differ; raises LodestreamError when they do."""
    for name in report.missing:
        click.echo(f"{name}: missing")
    for line in report.drift:
        click.echo(line)
    if report.missing:
        raise LodestreamError(f"{len(report.missing)} topics are missing: run `lodestream topics apply`")
    if report.drift:
        raise LodestreamError(
            f"{len(report.drift)} settings differ: change them with Kafka's own tools, or the LODESTREAM_ settings"
        )
    click.echo("all topics are as they should be")


@cli.group()
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="LODESTREAM_BROKER_DIR",
    show_envvar=True,
    default=".lodestream/broker",
    show_default=True,
    help="Folder of its data, log and settings.",
)
@click.pass_context
def broker(context: click.Context, directory: Path) -> None:
    """The local Apache Kafka for development, demo and tests: it needs neither Docker nor Java."""
    context.obj = directory


@broker.command("start")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Port that it listens on.")
@click.pass_obj
def broker_start(directory: Path, port: int) -> None:
    """Start it and wait until it answers; it goes on when this command ends."""
    local = LocalBroker(directory, port)
    running = local.status()
    if running and running.port != port:
        raise LodestreamError(f"the local broker listens on port {running.port}: stop it first, or take --port {running.port}")
    if running:
        local.wait()
        click.echo(f"runs already on {local.address} (process {running.pid})")
        return
    if not jars.folder().exists():
        click.echo("downloading Apache Kafka from Maven Central, this once (44 MB)", err=True)
    local.start()
    click.echo(f"Apache Kafka listens on {local.address}\ndata {local.data}\nlog  {local.log}")
    if port != DEFAULT_PORT:
        click.echo(f"to use it: export LODESTREAM_BROKERS={local.address}")


@broker.command("stop")
@click.pass_obj
def broker_stop(directory: Path) -> None:
    """Stop it; its data stay for the next start."""
    click.echo("stopped" if LocalBroker(directory).stop() else "does not run")


@broker.command("status")
@click.pass_context
def broker_status(context: click.Context) -> None:
    """Say whether it runs; exit status 1 when it does not."""
    running = LocalBroker(context.obj).status()
    if not running:
        click.echo("does not run")
        context.exit(1)
    local = LocalBroker(context.obj, running.port)
    click.echo(f"runs on {local.address} (process {running.pid})\ndata {local.data}\nlog  {local.log}")


@cli.group("schemas")
def schema() -> None:
    """The JSON Schemas of the records."""


directory_argument = click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default="schemas")


@schema.command("write")
@directory_argument
def schemas_write(directory: Path) -> None:
    """Write the schemas into DIRECTORY (schemas)."""
    from streams import schemas  # noqa: PLC0415 - no other command needs it

    for path in schemas.write(directory):
        click.echo(path)


@schema.command("check")
@directory_argument
def schemas_check(directory: Path) -> None:
    """Compare the schemas in DIRECTORY (schemas) with the records; fails when they differ."""
    from streams import schemas  # noqa: PLC0415 - no other command needs it

    differences = schemas.check(directory)
    for line in differences:
        click.echo(line)
    if differences:
        raise LodestreamError(f"{directory} differs from the records: run `lodestream schemas write`")
    click.echo("all schemas are up to date")


@cli.command("check-config")
def check_config() -> None:
    """Print the settings and load the data files; fails when one is wrong."""
    current = settings()
    for item in fields(Settings):
        value = getattr(current, item.name)
        shown = "(hidden)" if item.metadata["secret"] and value else value
        click.echo(f"{PREFIX}{item.name.upper()}={shown}")
    from streams import assets  # noqa: PLC0415 - loads models that few commands need
    from streams.kafka import ssl_context  # noqa: PLC0415 - loads aiokafka

    ssl_context(current)
    loaded = assets.load(current.data_dir)
    click.echo(f"settings and data files are right; the version of the data files is {loaded.version}")
