"""Who reads the words of a prompt is asked of the pipeline."""

from __future__ import annotations

from dataclasses import replace

from pipelines.dance.wiring import DANCE_WIRING
from pipelines.wiring import Parameter, Step, When
from serving.orchestrator.services.engines import drawing, reading_words, words_note

PROMPT = {"scene_prompt": Parameter(str, "", "the scene in words")}


def test_without_a_reader_the_page_says_so() -> None:
    assert drawing()[0] == "puppet"
    assert reading_words() == ()
    assert "None of them is installed" in words_note() and "the puppet" in words_note()


def test_an_engine_that_is_given_words_is_named() -> None:
    dream = Step("dream", "any.stage", settings={"prompt": "scene_prompt"}, when=(When("engine", "animatediff"),))
    scene = Step("backdrop", "any.scene", values={"text": "scene_prompt"})
    wiring = replace(
        DANCE_WIRING, parameters={**DANCE_WIRING.parameters, **PROMPT}, steps=(*DANCE_WIRING.steps, dream, scene)
    )
    assert reading_words(wiring) == ("animatediff", "backdrop")
    assert "animatediff" in drawing(wiring)
    assert words_note(wiring).startswith("Words are read by animatediff and backdrop;")
