"""What a newcomer is told when the local cloud is up: where it listens, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from localcloud import engine, resources

if TYPE_CHECKING:
    from rich.console import Console

    from localcloud.stack import LocalCloud


def welcome(cloud: LocalCloud, console: Console) -> None:
    """Print the endpoints, and the commands of a first walk."""
    console.print("\n[bold green]Calloff runs here.[/] Ctrl-C ends it and every container of it.\n")
    console.print(_endpoints(cloud))
    console.print("\n[bold]Type next, in another terminal:[/]\n")
    for line in walk(cloud):
        console.print(f"  {line}", markup=False, soft_wrap=True, style="cyan")
    console.print("\n[bold]boto3 and the AWS CLI find it by:[/]\n")
    console.print(f"  {exports(cloud)}\n", markup=False, soft_wrap=True, style="cyan")


def _endpoints(cloud: LocalCloud) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_row("  [bold]API[/]", cloud.endpoints.api, "callers: Authorization: Bearer alice | bob | admin")
    table.add_row("  [bold]AWS[/]", cloud.endpoints.aws, "MiniStack: DynamoDB and all but ECS")
    table.add_row("  [bold]ECS[/]", cloud.endpoints.ecs, f"runs {_what(cloud)} ({cloud.engine.why})")
    table.add_row("  [bold]logs[/]", str(cloud.folder.path), "one file a part")
    return table


def _what(cloud: LocalCloud) -> str:
    return "real containers" if cloud.engine.runtime == "docker" else "real processes"


def walk(cloud: LocalCloud) -> list[str]:
    """Tell the commands of a first walk, for a shell: submit, look, cancel, look again."""
    task = f'{{"image": "{engine.IMAGE}", "command": ["sleep", "600"], "stop_timeout": 5}}'
    first_id = "grep -o '[0-9a-f-]\\{36\\}' | head -1"
    return [
        f"API={cloud.endpoints.api}; AUTH='Authorization: Bearer alice'",
        "JSON='Content-Type: application/json'",
        f"""ID=$(curl -s $API/tasks -H "$AUTH" -H "$JSON" -d '{task}' | {first_id})""",
        'curl -s $API/tasks/$ID -H "$AUTH"',
        """curl -s $API/tasks/$ID/cancel -H "$AUTH" -H "$JSON" -d '{"reason": "wrong input"}'""",
        'curl -s $API/tasks/$ID -H "$AUTH"',
    ]


def exports(cloud: LocalCloud) -> str:
    """Tell the variables for other programs, as a line for a shell."""
    variables = " ".join(f"{name}={value}" for name, value in cloud.endpoints.variables.items())
    return f"export {variables}  # cluster: {resources.CLUSTER}"
