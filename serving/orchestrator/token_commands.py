"""`troupe tokens`: keys to the API are made, listed and revoked by whoever runs the server, in its database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from components.core.errors import TroupeError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

tokens = typer.Typer(no_args_is_help=True, help="Keys to the API of `troupe serve`.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


@contextmanager
def _writing() -> Iterator[Session]:
    """A transaction in the server's database, which is brought to its newest version first."""
    try:
        from pipelines.settings import read_settings
        from serving.orchestrator.database import Database
        from serving.orchestrator.settings import OrchestratorSettings
    except ImportError as error:
        raise TroupeError(
            "extra_missing", "The server needs the extra `serve`: make serve sets it up.", extra="serve"
        ) from error
    database = Database(read_settings(OrchestratorSettings).database)
    try:
        database.migrate()
        with database.writing() as session:
            yield session
    finally:
        database.close()


@tokens.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    owner: Annotated[str, typer.Option(help="Whose objects it opens.")] = "local",
    scope: Annotated[list[str] | None, typer.Option(help="read, write or admin; may be repeated.")] = None,
    days: Annotated[float | None, typer.Option(help="For which it holds; if not given, until it is revoked.")] = None,
    as_json: Json = False,
) -> None:
    """Make a token and print it: it is never shown again."""
    with _writing() as session:
        from serving.orchestrator.services import tokens as keys

        row, secret = keys.create(session, owner, name, scope or ("read", "write"), days)
        made = {**keys.shown(row), "token": secret}
    print(json.dumps(made, ensure_ascii=False) if as_json else secret)


@tokens.command("list")
def listing(
    owner: Annotated[str | None, typer.Option(help="Only those of one owner.")] = None, as_json: Json = False
) -> None:
    """List all tokens, without what is secret of them."""
    with _writing() as session:
        from serving.orchestrator.services import tokens as keys

        found = [keys.shown(row) for row in keys.listing(session, owner)]
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for token in found:
        used = "never used" if token["used"] is None else f"used {token['used']}"
        parts = (token["id"], f"{token['state']:<7}", token["owner"], ",".join(token["scopes"]), used, token["name"])
        print("  ".join(parts))


@tokens.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its identifier, or the token itself.")], as_json: Json = False
) -> None:
    """Make a token worthless for good; running servers know within seconds."""
    with _writing() as session:
        from serving.orchestrator.services import tokens as keys

        gone = keys.shown(keys.revoke(session, token))
    print(json.dumps(gone, ensure_ascii=False) if as_json else f"{gone['id']} ({gone['name']}) is revoked.")
