"""`python -m tools.bench.constant PORT FILE`: a FastAPI route that answers the bytes of FILE; the bench's limit."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response


def create_app(body: bytes) -> FastAPI:
    """Nothing but one route: what FastAPI itself costs here."""
    app = FastAPI()

    @app.get("/constant")
    async def constant() -> Response:
        return Response(body, media_type="application/geo+json")

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(Path(sys.argv[2]).read_bytes()),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
