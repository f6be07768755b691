"""What a model must reach before it is promoted, read from data in the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from components.core import TroupeError
from training.lifecycle.records import Evaluation

FOLDER = Path(__file__).resolve().parent.parent / "gates"


class Gate(BaseModel, frozen=True, extra="forbid"):
    """One thing to reach.

    Attributes:
        figure: of the evaluation.
        better: which way is better.
        against: baselines or "champion"; it must hold for each.
        permitted: how much worse than the other the model may be, in the figure's unit, at the unlucky end of the
            interval; 0: it must be better, the interval excluding zero.
        optional: whether it passes where there is no such comparison (as there is no champion at first).
    """

    figure: str
    better: Literal["lower", "higher"]
    against: tuple[str, ...] = Field(min_length=1)
    permitted: float = Field(default=0.0, ge=0.0)
    optional: bool = False


class Gates(BaseModel, frozen=True, extra="forbid"):
    """All gates of a family.

    Attributes:
        gates: on figures.
        latency: most milliseconds, median, of a call of one frame to a server.
        tolerance: largest absolute difference of a served answer from the golden one; the contract's may be smaller.
    """

    gates: tuple[Gate, ...] = Field(min_length=1)
    latency: float = Field(gt=0)
    tolerance: float = Field(gt=0)


class Verdict(BaseModel, frozen=True):
    """Whether a gate was passed, and why, in a sentence."""

    passed: bool
    sentence: str


def read_gates(family: str) -> Gates:
    """The gates of a family, from `training/gates/<family>.yaml`, or of a file that is named instead.

    Raises:
        TroupeError: file_not_found; invalid_setting: the file has a fault; the field is named.
    """
    import yaml

    file = Path(family) if family.endswith(".yaml") else FOLDER / f"{family}.yaml"
    try:
        return Gates.model_validate(yaml.safe_load(file.read_text()))
    except FileNotFoundError as error:
        raise TroupeError("file_not_found", f"There are no gates at {file}.", path=str(file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TroupeError("invalid_setting", f"The gates {file}: {where}: {first['msg']}.", path=str(file)) from error
    except yaml.YAMLError as error:
        raise TroupeError("invalid_setting", f"The gates {file} are no YAML: {error}.", path=str(file)) from error


def judge(evaluation: Evaluation, gates: Gates) -> tuple[Verdict, ...]:
    """A verdict for each gate and each that it is held against."""
    return tuple(_verdict(evaluation, gate, other) for gate in gates.gates for other in gate.against)


def _verdict(evaluation: Evaluation, gate: Gate, other: str) -> Verdict:
    found = evaluation.against(gate.figure, other)
    if found is None:
        missing = f"{gate.figure} against {other}: not compared"
        return Verdict(passed=gate.optional, sentence=missing + (", which is permitted" if gate.optional else ""))
    gain = found.low if gate.better == "higher" else -found.high
    passed = gain > 0 if gate.permitted == 0 else gain >= -gate.permitted
    share = f"{evaluation.confidence:.0%}"
    return Verdict(
        passed=passed,
        sentence=f"{gate.figure} {found.mean:.4g} against {found.other:.4g} of {other}: difference "
        f"{found.difference:+.4g} ({share} {found.low:+.4g} to {found.high:+.4g} over {found.blocks} blocks), "
        f"{gate.better} is better"
        + (f", {gate.permitted:g} worse is permitted" if gate.permitted else "")
        + (": passed" if passed else ": failed"),
    )
