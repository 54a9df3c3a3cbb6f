"""The typer application that the command files register with."""

from importlib.util import find_spec

import typer

# The production image has the command line, but nothing that develops, measures or breaks a hub.
IS_CHECKOUT = find_spec("tools.services") is not None

app = typer.Typer(
    name="hub",
    help="City hub: Hanoi's sensors and parking, from MQTT to maps. Start with `./hub demo`.",
    epilog="Any command takes --debug to show where a failure happened. Example: ./hub demo --for 60",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
