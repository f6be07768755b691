"""The Kubeflow face of perceive: reads artifact folders, calls the stage, writes an artifact folder."""

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
