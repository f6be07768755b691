"""The Kubeflow face of judge: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def judge(video: Input[Artifact], reference: Input[Artifact], figures: Output[Artifact]) -> None:
    """A finished Clip is measured against its reference: Figures.

    Args:
        video: folder of a Clip.
        reference: folder of a Clip.
        figures: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.judge.stage", {"video": video.path, "reference": reference.path}, {}, figures)
