"""The Kubeflow face of portray: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def portray(photo: Input[Artifact], cast: Output[Artifact]) -> None:
    """A Still becomes a Cast: its people cut out and rigged, and a clean plate.

    Args:
        photo: folder of a Still.
        cast: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.portray.stage", {"photo": photo.path}, {}, cast)
