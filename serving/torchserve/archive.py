"""Packs a model folder as TorchServe's `.mar`.

python -m serving.torchserve.archive FOLDER -o STORE [--version 1]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from components.core import TroupeError
from components.models.folder import CONTRACT, read_contract


def archive(folder: Path, store: Path, version: str = "1") -> Path:
    """Write `<store>/<model>.mar` with the network, its contract and the handler.

    Args:
        folder: model folder.
        store: folder of archives.
        version: of the model.

    Raises:
        TroupeError: model_missing, model_broken; extra_missing: torch-model-archiver is not installed.
    """
    contract = read_contract(folder)
    weights = contract.network.weights
    weights.verify(folder / weights.uri)
    store.mkdir(parents=True, exist_ok=True)
    program = Path(sys.executable).with_name("torch-model-archiver")
    command = [
        str(program),
        "--model-name",
        contract.name,
        "--version",
        version,
        "--serialized-file",
        str(folder / weights.uri),
        "--extra-files",
        str(folder / CONTRACT),
        "--handler",
        str(Path(__file__).with_name("handler.py")),
        "--export-path",
        str(store),
        "--force",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise TroupeError(
            "extra_missing",
            "A .mar needs the extra `torchserve`: pip install 'troupe[torchserve]' sets it up.",
            extra="torchserve",
        ) from error
    made = store / f"{contract.name}.mar"
    if done.returncode != 0 or not made.exists():
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:300]
        raise TroupeError("model_broken", f"torch-model-archiver refuses {contract.name}: {last}", model=contract.name)
    return made


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Pack a model folder for TorchServe.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--version", default="1")
    given = parser.parse_args()
    try:
        print(archive(given.folder, given.output, given.version))
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")


if __name__ == "__main__":
    main()
