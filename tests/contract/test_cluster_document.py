"""What docs/cluster.md and docs/pipelines.md tell people to type exists: commands, options, values, secrets, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typer.main
import yaml

from pipelines.kubeflow.variants import variant_of
from tests.conftest import REPOSITORY
from troupe import app

DOCUMENTS = ("docs/cluster.md", "docs/pipelines.md", "docs/operations.md")
CHART = REPOSITORY / "charts" / "troupe"


def blocks(document: str, kind: str) -> str:
    """The code of a document, its continued lines joined."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", (REPOSITORY / document).read_text(), re.MULTILINE | re.DOTALL)
    return re.sub(r"\\\n\s*", " ", "\n".join(text for named, text in fenced if named == kind))


def commands(document: str) -> Iterator[list[str]]:
    """Every `troupe ...` that somebody is told to type, as words."""
    for line in blocks(document, "").splitlines():
        found = re.search(r"(?:^|-- )troupe ([a-z].*)", line)
        if found:
            yield re.split(r"\s{3,}|\s#|[()]", found[1])[0].split()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_their_options_exist(document: str) -> None:
    seen = 0
    for words in commands(document):
        command: Any = typer.main.get_command(app)
        rest = list(words)
        while rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest.pop(0)]
        assert not getattr(command, "commands", {}) or command.invoke_without_command, f"no `troupe {' '.join(words)}`"
        known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
        for word in rest:
            option = word.strip("[]|").partition("=")[0]
            if option.startswith("-"):
                assert option in known, f"`troupe {' '.join(words)}` has no {option}"
        seen += 1
    assert seen >= 3


def test_pipelines_and_parameters_exist() -> None:
    for document in DOCUMENTS:
        for words in commands(document):
            if words[:2] == ["pipelines", "run"] and words[2] != "NAME":
                given = re.findall(r"--set '?(\w+)=", " ".join(words))
                assert set(given) <= set(variant_of(words[2]).free) and given


def test_values_of_the_chart_exist() -> None:
    known = yaml.safe_load((CHART / "values.yaml").read_text())

    def held(told: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
        for key, value in told.items():
            assert key in known, f"the chart has no value {where}{key}"
            if isinstance(value, dict) and known[key]:
                held(value, known[key], f"{where}{key}.")

    for text in re.findall(
        r"^```yaml\n(.*?)^```", (REPOSITORY / "docs/cluster.md").read_text(), re.MULTILINE | re.DOTALL
    ):
        held(yaml.safe_load(text), known, "")
    for path in re.findall(
        r"`((?:[a-z]+[A-Za-z]*\.)+[a-z]+[A-Za-z]*)(?:: \w+)?`", (REPOSITORY / "docs/cluster.md").read_text()
    ):
        if path.split(".")[0] in known:
            found: Any = known
            for key in path.split("."):
                assert key in found, f"the chart has no value {path}"
                found = found[key]


def test_links_and_files_exist() -> None:
    for document in DOCUMENTS:
        text = (REPOSITORY / document).read_text()
        for path in re.findall(r"`((?:docs|charts|pipelines|components|serving|tests|training)/[\w./-]+)`", text):
            assert (REPOSITORY / path).exists(), f"{document} names {path}"
        for target in re.findall(r"\bmake ([a-z-]+)\b`", text):
            assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE), target


def test_secrets_that_are_used_are_made() -> None:
    text = (REPOSITORY / "docs/cluster.md").read_text()
    made = set(re.findall(r"create secret generic ([\w-]+)", text))
    used = set(re.findall(r"(?:name|storageSecret): (troupe-[\w-]+)", text))
    assert used <= made and used


def test_every_alert_is_explained() -> None:
    rules = "\n".join(p.read_text() for p in (CHART / "templates" / "monitoring").glob("*.yaml"))
    alerts = set(re.findall(r"alert: ([A-Za-z]+)", rules))
    explained = set(
        re.findall(r"^\| `(Troupe[A-Za-z]+)` \|", (REPOSITORY / "docs/cluster.md").read_text(), re.MULTILINE)
    )
    assert alerts == explained and alerts
