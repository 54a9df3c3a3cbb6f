"""The command line. Each command is a thin function; what it does lives elsewhere and is imported when it runs."""

import os
import sys
import traceback

from cityhub.errors import CityHubError
from cityhub.masking import mask


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits: 0 good, 1 failed with one line on stderr, 2 wrong usage, 130 interrupted.

    `--debug` before or after the command shows the traceback of a failure. `arguments`: default the process's.
    """
    from tools.cli.commands import app  # noqa: PLC0415 - typer only when a command really runs

    given = sys.argv[1:] if arguments is None else arguments
    # What follows `test` is pytest's, which has a --debug of its own.
    debug = "--debug" in given and "test" not in given[:1]
    if debug:
        given = [word for word in given if word != "--debug"]
    try:
        app(given, prog_name="./hub")
    except CityHubError as exc:
        if debug:
            traceback.print_exc()
        print(f"hub: {exc}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone; keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as exc:
        if debug:
            traceback.print_exc()
        print(
            f"hub: unexpected {type(exc).__name__}: {mask(str(exc))} (--debug shows where)", file=sys.stderr
        )
        sys.exit(1)
