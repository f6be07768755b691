"""The Kubeflow faces of perceive and of its cut: read artifact folders, call the stage, write an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def perceive(clip: Input[Artifact], dance: Output[Artifact]) -> None:
    """A Clip becomes a Dance: who moves in it, how, and the beat.

    Args:
        clip: folder of a Clip.
        dance: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.perceive.stage", {"clip": clip.path}, {}, dance)


@dsl.component(base_image="troupe", install_kfp_package=False)
def perceive_cut(dance: Input[Artifact], start: float, duration: float, part: Output[Artifact]) -> None:
    """A Dance becomes the part of it between two seconds.

    Args:
        dance: folder of a Dance.
        start: as in the stage's settings.
        duration: as in the stage's settings.
        part: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.perceive.cut", {"dance": dance.path}, {"start": start, "duration": duration}, part)
