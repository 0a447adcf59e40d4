"""The `kentongan` command: registers every subcommand, and turns failures into one sentence."""

import sys
from importlib.metadata import version

from cyclopts import App
from rich.console import Console

from kentongan.stack.errors import StackError

HELP = "Run, watch and repair a Kentongan system on this machine."
EPILOGUE = (
    "Existing servers are used instead of our own when KAFKA_BOOTSTRAP_SERVERS or "
    "DATABASE_URL_INTAKE, _ROUTING, _NOTIFY, _REPORTING name them."
)

# Loaded only when asked for, so that help and shell completion stay quick.
COMMANDS = {
    "up": ("kentongan.commands.up:up", "Start everything in the foreground; Ctrl-C stops it."),
    "down": ("kentongan.commands.down:down", "Stop what `up` started."),
    "status": ("kentongan.commands.status:status", "Show addresses, logins and connection strings."),
    "logs": ("kentongan.commands.logs:logs", "Print the parts' logs, and follow them with -f."),
    "doctor": ("kentongan.commands.doctor:doctor", "Check whether this machine can run the stack."),
    "reset": ("kentongan.commands.reset:reset", "Remove all data of the stack."),
    "load": ("kentongan.load:load", "File the rows of a CSV file through the API, and reconcile."),
}
EVENTS = {
    "tail": ("kentongan.commands.events:tail", "Follow the events as Kafka carries them."),
    "show": ("kentongan.commands.events:show", "Tell one complaint's whole story."),
    "republish": ("kentongan.commands.events:republish", "Make Kafka's topics anew from the services' logs."),
}
DEAD_LETTERS = {
    "list": ("kentongan.commands.dead_letters:list_open", "List what could not be applied, and why."),
    "retry": ("kentongan.commands.dead_letters:retry", "Apply them again."),
    "drop": ("kentongan.commands.dead_letters:drop", "Give them up, so that what waits behind goes on."),
}


def build() -> App:
    """Return the command line with all its commands."""
    app = App(name="kentongan", help=HELP, help_epilogue=EPILOGUE, version=_version)
    events = App(name="events", help="Look at the events of the system.")
    letters = App(name="dead-letters", help="See to records that could not be applied.")
    for group, commands in ((app, COMMANDS), (events, EVENTS), (letters, DEAD_LETTERS)):
        for name, (target, summary) in commands.items():
            group.command(target, name=name, help=summary)
    app.command(events)
    app.command(letters)
    return app


def _version() -> str:
    return version("kentongan-deploy")


def main() -> None:
    """Run the command line; a foreseen failure is one sentence on stderr and exit code 1."""
    try:
        build()()
    except StackError as problem:
        Console(stderr=True).print(str(problem), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; that is its right.
        sys.stderr.close()
        sys.exit(0)
