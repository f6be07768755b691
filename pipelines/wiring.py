"""A pipeline as data: steps, what feeds them, and what they need. Runners and the Kubeflow compiler read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """A value that a run of the pipeline is given.

    Attributes:
        kind: str, float, int, bool or list.
        default: None where the caller must give it.
        help: one line.
        fields: of a list: what each of its items gives, all of them texts.
    """

    kind: type
    default: Any = None
    help: str = ""
    fields: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True)
class When:
    """A step runs only where a parameter has this value."""

    parameter: str
    equals: Any


@dataclass(frozen=True)
class Resources:
    """What a step asks of a cluster node: CPU cores, memory in GiB, GPUs, and shared memory in GiB for processes that
    work together (0: the 64 MB that a container has by itself); it counts as memory of the step."""

    cpu: float = 1.0
    memory: int = 2
    gpu: int = 0
    shm: int = 0


@dataclass(frozen=True)
class Step:
    """One stage in a pipeline.

    Attributes:
        name: unique in the wiring.
        stage: dotted module of the stage.
        inputs: for each input of the stage the steps that may give it: the first that runs does.
        values: for each plain-text input of the stage the pipeline parameter that gives it.
        settings: for each settings field the pipeline parameter that gives it.
        for_each: the list parameter for each item of which the step runs, fed by the steps of the same item; `values`
            and `settings` may then name its fields. Empty: the step runs once.
        when: all must hold for the step to run; empty: always.
        resources: for the cluster.
        retries: how often the cluster tries again.
        timeout: seconds after which the cluster gives a try up, the fetching of the image included.
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
    for_each: str = ""
    retries: int = 1
    timeout: int = 3600
    cache: bool = True
    fresh: bool = False


@dataclass(frozen=True)
class Wiring:
    """A pipeline.

    Attributes:
        name: of it.
        parameters: by name.
        steps: in an order in which they can run.
        result: the step that gives the result; one for each item where that step is `for_each`.
        purpose: what it is for, one sentence.
        together: how many items of a list a cluster works on at once; 0: as many as there are.
    """

    name: str
    parameters: Mapping[str, Parameter]
    steps: tuple[Step, ...]
    result: str
    purpose: str = "A photo and a reference become a dance video."
    together: int = 0

    def __post_init__(self) -> None:
        seen: dict[str, Step] = {}
        for step in self.steps:
            for source in (s for sources in step.inputs.values() for s in sources):
                if source not in seen:
                    raise ValueError(f"{self.name}: step {step.name} needs {source}, which does not come before it")
                if seen[source].for_each not in ("", step.for_each):
                    raise ValueError(f"{self.name}: step {step.name} runs once, {source} for each item")
            if step.for_each and not getattr(self.parameters.get(step.for_each), "fields", None):
                raise ValueError(f"{self.name}: step {step.name} runs for each of {step.for_each}, which is no list")
            known = {*self.parameters, *self._fields(step)}
            for parameter in (*step.values.values(), *step.settings.values(), *(w.parameter for w in step.when)):
                if parameter not in known:
                    raise ValueError(f"{self.name}: step {step.name} names the unknown parameter {parameter}")
            if step.name in seen:
                raise ValueError(f"{self.name}: two steps are called {step.name}")
            seen[step.name] = step
        if self.result not in seen:
            raise ValueError(f"{self.name}: no step is called {self.result}")
        if len({s.for_each for s in self.steps} - {""}) > 1:
            raise ValueError(f"{self.name}: steps run for each item of one list only")

    def _fields(self, step: Step) -> Mapping[str, Parameter]:
        return self.parameters[step.for_each].fields if step.for_each else {}

    def fill(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments with the defaults filled in, in the items of lists too.

        Raises:
            ValueError: an argument is unknown, or one without default is missing; a list is empty.
        """
        filled = _filled(self.name, self.parameters, arguments)
        for name, parameter in self.parameters.items():
            if parameter.fields:
                items = filled[name]
                if not isinstance(items, list | tuple) or not items or not all(isinstance(i, Mapping) for i in items):
                    raise ValueError(f"{self.name}: {name} has to be a list of items, each with {[*parameter.fields]}")
                filled[name] = [_filled(f"an item of {name}", parameter.fields, item) for item in items]
        return filled

    def active(self, arguments: Mapping[str, Any]) -> tuple[Step, ...]:
        """The steps that run with these arguments; what is not given is the parameter's default."""

        def holds(condition: When) -> bool:
            given = arguments.get(condition.parameter, self.parameters[condition.parameter].default)
            return bool(given == condition.equals)

        return tuple(s for s in self.steps if all(holds(w) for w in s.when))


def _filled(where: str, parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(given) - set(parameters)
    if unknown:
        raise ValueError(f"{where}: unknown parameters {sorted(unknown)}")
    filled = {name: given.get(name, p.default) for name, p in parameters.items()}
    missing = [name for name, value in filled.items() if value is None]
    if missing:
        raise ValueError(f"{where}: missing parameters {missing}")
    return filled


def for_each(wiring: Wiring, swept: tuple[str, ...], items: str, name: str, purpose: str, together: int = 0) -> Wiring:
    """A wiring that goes through the items of a list: what does not depend on an item is done once.

    Args:
        wiring: for one item.
        swept: its parameters, texts, that each item gives.
        items: name of the list.
        name, purpose, together: of the new wiring.
    """
    within: set[str] = set()
    steps = []
    for step in wiring.steps:
        told = {*step.values.values(), *step.settings.values()}
        if told & set(swept) or any(s in within for sources in step.inputs.values() for s in sources):
            within.add(step.name)
            step = dataclasses.replace(step, for_each=items)
        steps.append(step)
    fields = {key: wiring.parameters[key] for key in swept}
    parameters = {key: p for key, p in wiring.parameters.items() if key not in swept}
    told_as = Parameter(list, help=f"items, each with {', '.join(swept)}", fields=fields)
    return Wiring(name, {items: told_as, **parameters}, tuple(steps), wiring.result, purpose, together)
