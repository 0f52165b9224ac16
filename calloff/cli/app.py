"""The commands: what each takes from the command line."""

from typing import Annotated, Any

import typer

from calloff.cli import commands, doing
from calloff.cli.session import Session

app = typer.Typer(
    name="calloff",
    help=commands.SUMMARY,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
config = typer.Typer(rich_markup_mode=None, invoke_without_command=True, help=commands.COMMANDS["config"])

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print results, and errors, as JSON.")]
Reason = Annotated[str | None, typer.Option(help="Why, for people; kept with the task.")]
Code = Annotated[str | None, typer.Option(help="Why, for programs: a word such as user_error.")]
Wait = Annotated[bool, typer.Option("--wait", "-w", help="Wait for the proof of its death.")]
Timeout = Annotated[float | None, typer.Option(min=0.1, help="Seconds to wait at most; then the exit code is 124.")]


@app.callback()
def options(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Option(help=commands.OPTIONS["--url"])] = None,
    token: Annotated[str | None, typer.Option(help=commands.OPTIONS["--token"])] = None,
    credentials: Annotated[str | None, typer.Option(help=commands.OPTIONS["--credentials"])] = None,
    time_limit: Annotated[str | None, typer.Option(metavar="SECONDS", help=commands.OPTIONS["--time-limit"])] = None,
) -> None:
    """Take what holds for every command."""
    ctx.obj = {"url": url, "token": token, "credentials": credentials, "time_limit": time_limit}


@app.command(help=commands.COMMANDS["run"], context_settings={"allow_interspersed_args": False})
def run(
    ctx: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="What to run.")],
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND]...", help="Its command, word by word.")
    ] = None,
    env: Annotated[list[str] | None, typer.Option("--env", "-e", metavar="NAME=VALUE", help="Not for secrets.")] = None,
    secret: Annotated[list[str] | None, typer.Option(metavar="NAME=ARN", help="A secret, by its ARN.")] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", metavar="NAME=VALUE", help="To find it by.")
    ] = None,
    cpu: Annotated[int | None, typer.Option(help="CPU units; 1024 are one vCPU.")] = None,
    memory: Annotated[int | None, typer.Option(help="MiB.")] = None,
    grace: Annotated[int | None, typer.Option(help="Seconds between SIGTERM and SIGKILL.")] = None,
    supervised: Annotated[
        bool, typer.Option("--supervised", help="It runs under calloff-init: grace by choice.")
    ] = False,
    timeout: Annotated[int | None, typer.Option(help="Seconds that it may run.")] = None,
    queue_timeout: Annotated[int | None, typer.Option(help="Seconds in which it must come to run.")] = None,
    heartbeat_timeout: Annotated[
        int | None, typer.Option(help="Seconds in which it must be heard again, while it runs.")
    ] = None,
    resume_from: Annotated[
        str | None, typer.Option(metavar="TASK", help="It goes on from this task's newest checkpoint.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same one again finds the same task.")] = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Print the task's id, and do not wait.")] = False,
    json: Json = False,
) -> None:
    """Submit and follow."""
    fields: dict[str, Any] = {
        "environment": _pairs(env, "--env"),
        "secrets": _pairs(secret, "--secret"),
        "labels": _pairs(label, "--label"),
        "cpu": cpu,
        "memory": memory,
        "stop_timeout": grace,
        "supervised": supervised or None,
        "timeout": timeout,
        "queue_timeout": queue_timeout,
        "heartbeat_timeout": heartbeat_timeout,
        "resume_from": resume_from,
        "idempotency_key": key,
    }
    _do(ctx, json, None, lambda session: doing.run(session, image, command or [], fields, detach=detach))


@app.command(help=commands.COMMANDS["ps"])
def ps(
    ctx: typer.Context,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", "-s", help=f"Only in this status; may be repeated: {commands.STATUSES}."),
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", metavar="NAME=VALUE", help="Only with it.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Whose tasks, for those who may ask.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    everything: Annotated[bool, typer.Option("--all", "-a", help="All of them, however many.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print ids only.")] = False,
    json: Json = False,
) -> None:
    """List tasks."""
    query = {"status": status or (), "labels": _pairs(label, "--label"), "owner": owner}
    _do(ctx, json, None, lambda session: doing.ps(session, query, None if everything else limit, quiet=quiet))


@app.command(help=commands.COMMANDS["show"])
def show(ctx: typer.Context, task: TaskId, json: Json = False) -> None:
    """Show a task."""
    _do(ctx, json, task, lambda session: doing.show(session, task))


@app.command(help=commands.COMMANDS["cancel"])
def cancel(
    ctx: typer.Context,
    task: TaskId,
    reason: Reason = None,
    code: Code = None,
    grace: Annotated[
        int | None, typer.Option(help="Seconds between SIGTERM and SIGKILL, where it can be chosen.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Ask for force.")] = False,
    wait: Wait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Cancel a task."""
    fields = {"reason": reason, "reason_code": code, "grace": grace, "force": force}
    _do(ctx, json, task, lambda session: doing.cancel(session, task, fields, wait=wait, timeout=timeout))


@app.command(help=commands.COMMANDS["kill"])
def kill(
    ctx: typer.Context,
    task: TaskId,
    reason: Reason = None,
    code: Code = None,
    wait: Wait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Cancel a task by force."""
    fields = {"reason": reason, "reason_code": code, "force": True}
    _do(ctx, json, task, lambda session: doing.cancel(session, task, fields, wait=wait, timeout=timeout))


@app.command(help=commands.COMMANDS["wait"])
def wait(ctx: typer.Context, task: TaskId, timeout: Timeout = None, json: Json = False) -> None:
    """Wait for a task."""
    _do(ctx, json, task, lambda session: doing.wait(session, task, timeout))


@app.command(help=commands.COMMANDS["logs"])
def logs(
    ctx: typer.Context,
    task: TaskId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the task has ended.")] = False,
    timestamps: Annotated[bool, typer.Option("--timestamps", "-t", help="Say when each line was written.")] = False,
    json: Json = False,
) -> None:
    """Show what a container wrote."""
    _do(ctx, json, task, lambda session: doing.logs(session, task, follow=follow, timestamps=timestamps))


@app.command(help=commands.COMMANDS["local"])
def local(
    ctx: typer.Context,
    port: Annotated[int | None, typer.Option(help="Where the API listens; 8000 by default.")] = None,
    json: Json = False,
) -> None:
    """Run the local cloud."""
    _do(ctx, json, None, lambda _: doing.local(port))


@config.callback()
def config_show(ctx: typer.Context, json: Json = False) -> None:
    """Show the settings, where no subcommand changes them."""
    if ctx.invoked_subcommand is None:
        _do(ctx, json, None, doing.show_settings)


@config.command("set", help="Write a setting into the configuration file.")
def config_set(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="url, token, credentials, region, profile or time_limit.")],
    value: Annotated[str, typer.Argument(help="Its value.")],
    json: Json = False,
) -> None:
    """Write a setting."""
    _do(ctx, json, None, lambda session: doing.write_setting(session, key, value))


@config.command("unset", help="Remove a setting from the configuration file.")
def config_unset(ctx: typer.Context, key: Annotated[str, typer.Argument(help="Which.")], json: Json = False) -> None:
    """Remove a setting."""
    _do(ctx, json, None, lambda session: doing.write_setting(session, key, None))


app.add_typer(config, name="config")


def _do(ctx: typer.Context, json: bool, task_id: str | None, work: doing.Work) -> None:  # noqa: FBT001 - of each command
    command = ctx.command_path.removeprefix("calloff ")
    raise typer.Exit(Session(ctx.obj or ctx.find_root().obj, command, task_id, json=json).carry(work))


def _pairs(texts: list[str] | None, option: str) -> dict[str, str] | None:
    """Read NAME=VALUE, as often as it is given."""
    for text in texts or ():
        if "=" not in text:
            raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE.", param_hint=option)
    return dict(text.split("=", 1) for text in texts) if texts else None


def program() -> Any:
    """Make the command of it all."""
    return typer.main.get_command(app)
