"""Which engines there are on this server, asked of the pipeline that makes the videos and written down nowhere else."""

from __future__ import annotations

from pipelines.dance.wiring import DANCE_WIRING
from pipelines.wiring import Step, Wiring

PROMPTS = ("scene_prompt", "style_prompt", "negative_prompt")
"""Parameters of a wiring that are words of people's own."""


def drawing(wiring: Wiring = DANCE_WIRING) -> tuple[str, ...]:
    """Engines that can draw who dances, in the pipeline's order."""
    chosen = (w.equals for step in wiring.steps for w in step.when if w.parameter == "engine")
    return tuple(dict.fromkeys(str(name) for name in chosen))


def reading_words(wiring: Wiring = DANCE_WIRING) -> tuple[str, ...]:
    """Engines that read a prompt: those with a step that is given one."""
    return tuple(dict.fromkeys(_engine(step) for step in wiring.steps if _reads(step)))


def words_note(wiring: Wiring = DANCE_WIRING) -> str:
    """What people are told about prompts: who reads them here."""
    readers = reading_words(wiring)
    if readers:
        return f"Words are read by {_listed(readers)}; other engines show your photo and the background as they are."
    return (
        "Words are read by engines that dream pictures up. None of them is installed on this server: what draws here "
        f"is the {_listed(drawing(wiring)[:1])}, which shows exactly your photo and the background above. What you "
        "write is kept with the dance."
    )


def _engine(step: Step) -> str:
    return next((str(w.equals) for w in step.when if w.parameter == "engine"), step.name)


def _reads(step: Step) -> bool:
    return any(parameter in PROMPTS for parameter in (*step.values.values(), *step.settings.values()))


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
