"""Commands that run one program of the hub in this process: ingest, api, jobs, maps."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tools.cli.application import IS_CHECKOUT, app
from tools.cli.environment import connected_settings


@app.command(epilog="Example: ./hub ingest --workers 2")
def ingest(
    workers: Annotated[
        int | None, typer.Option(min=1, max=8, help="Processes that store, besides one that receives.")
    ] = None,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare", help="Only make the session at the broker, which then keeps messages for ingest."
        ),
    ] = False,
) -> None:
    """Store what sensors publish, until ctrl-C."""
    settings = connected_settings()
    if prepare:
        from tools.cli.session import make  # noqa: PLC0415

        make(settings)
        return
    if workers is None:
        from ingest.__main__ import main  # noqa: PLC0415

        raise typer.Exit(main())
    from cityhub import logs  # noqa: PLC0415
    from ingest.workers import run  # noqa: PLC0415

    logs.configure(settings, "ingest")
    run(settings, workers)


@app.command(epilog="Example: ./hub api --port 8080")
def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default CITYHUB_API_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default CITYHUB_API_PORT.")] = None,
) -> None:
    """Serve the API, pages and maps, until ctrl-C."""
    if IS_CHECKOUT:
        _install_web_packages()
    settings = connected_settings()
    from api.__main__ import main  # noqa: PLC0415

    main(settings, host, port)


@app.command(epilog="Example: ./hub jobs")
def jobs() -> None:
    """Do background work, until ctrl-C: reviews, retention, what other programs handed over."""
    connected_settings()
    from jobs.__main__ import main  # noqa: PLC0415

    raise typer.Exit(main())


def _install_web_packages() -> None:
    from tools.cli.progress import Steps  # noqa: PLC0415
    from tools.services import node  # noqa: PLC0415

    if not node.is_fresh():
        with Steps().step("pages' scripts and styles") as step:
            node.install(step.say)


@app.command(epilog="Example: ./hub maps --out snapshots/")
def maps(
    out: Annotated[Path, typer.Option(help="Folder to write to; made when missing.")],
    source: Annotated[str | None, typer.Option("--api", help="API to read; default CITYHUB_API_URL.")] = None,
    lang: Annotated[Literal["vi", "en", "both"], typer.Option(help="Language.")] = "both",
) -> None:
    """Write static snapshots of the five maps."""
    from maps.__main__ import main  # noqa: PLC0415

    main(out, source, lang)
