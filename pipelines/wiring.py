"""A pipeline as data: steps, what feeds them, and what they need. Runners and the Kubeflow compiler read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """A value that a run of the pipeline is given.

    Attributes:
        kind: str, float, int or bool.
        default: None where the caller must give it.
        help: one line.
    """

    kind: type
    default: Any = None
    help: str = ""


@dataclass(frozen=True)
class When:
    """A step runs only where a parameter has this value."""

    parameter: str
    equals: Any


@dataclass(frozen=True)
class Resources:
    """What a step asks of a cluster node: CPU cores, memory in GiB, GPUs."""

    cpu: float = 1.0
    memory: int = 2
    gpu: int = 0


@dataclass(frozen=True)
class Step:
    """One stage in a pipeline.

    Attributes:
        name: unique in the wiring.
        stage: dotted module of the stage.
        inputs: for each input of the stage the steps that may give it: the first that runs does.
        values: for each plain-text input of the stage the pipeline parameter that gives it.
        settings: for each settings field the pipeline parameter that gives it.
        when: all must hold for the step to run; empty: always.
        resources: for the cluster.
        retries: how often the cluster tries again.
        cache: whether a cluster may take an earlier output for a new one.
        fresh: done anew by every run, here too: it reads or changes what lies outside its inputs, as a registry.
    """

    name: str
    stage: str
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    when: tuple[When, ...] = ()
    resources: Resources = field(default_factory=Resources)
    retries: int = 1
    cache: bool = True
    fresh: bool = False


@dataclass(frozen=True)
class Wiring:
    """A pipeline: its parameters, its steps in an order in which they can run, the step that gives the result, and what
    it is for."""

    name: str
    parameters: Mapping[str, Parameter]
    steps: tuple[Step, ...]
    result: str
    purpose: str = "A photo and a reference become a dance video."

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for step in self.steps:
            for sources in step.inputs.values():
                for source in sources:
                    if source not in seen:
                        raise ValueError(f"{self.name}: step {step.name} needs {source}, which does not come before it")
            for parameter in (*step.values.values(), *step.settings.values(), *(w.parameter for w in step.when)):
                if parameter not in self.parameters:
                    raise ValueError(f"{self.name}: step {step.name} names the unknown parameter {parameter}")
            if step.name in seen:
                raise ValueError(f"{self.name}: two steps are called {step.name}")
            seen.add(step.name)
        if self.result not in seen:
            raise ValueError(f"{self.name}: no step is called {self.result}")

    def fill(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments with the defaults filled in.

        Raises:
            ValueError: an argument is unknown, or one without default is missing.
        """
        unknown = set(arguments) - set(self.parameters)
        if unknown:
            raise ValueError(f"{self.name}: unknown parameters {sorted(unknown)}")
        filled = {name: arguments.get(name, p.default) for name, p in self.parameters.items()}
        missing = [name for name, value in filled.items() if value is None]
        if missing:
            raise ValueError(f"{self.name}: missing parameters {missing}")
        return filled

    def active(self, arguments: Mapping[str, Any]) -> tuple[Step, ...]:
        """The steps that run with these arguments; what is not given is the parameter's default."""

        def holds(condition: When) -> bool:
            given = arguments.get(condition.parameter, self.parameters[condition.parameter].default)
            return bool(given == condition.equals)

        return tuple(s for s in self.steps if all(holds(w) for w in s.when))
