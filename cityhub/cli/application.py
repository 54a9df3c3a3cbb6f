"""The typer application that the command files register with."""

import typer

app = typer.Typer(
    name="hub",
    help="City hub: Hanoi's sensors and parking, from MQTT to maps. Start with `./hub demo`.",
    epilog="Any command takes --debug to show where a failure happened. Example: ./hub demo --for 60",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
