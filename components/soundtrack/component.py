"""The Kubeflow face of soundtrack: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def soundtrack(dance: Input[Artifact], style: str, output: Output[Artifact]) -> None:
    """A Dance without sound gets a beat to dance to.

    Args:
        dance: folder of a Dance.
        style: as in the stage's settings.
        output: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.soundtrack.stage", {"dance": dance.path}, {"style": style}, output)
