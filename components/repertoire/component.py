"""The Kubeflow face of repertoire: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def repertoire(source: str, start: float, duration: float, dance: Output[Artifact]) -> None:
    """A BVH file or a built-in choreography becomes a Dance.

    Args:
        source: path or URL.
        start: as in the stage's settings.
        duration: as in the stage's settings.
        dance: folder of the result.
    """
    from components.core.stage import run_component
    from components.media.delivery import brought

    with brought(source) as file:
        run_component("components.repertoire.stage", {"source": file}, {"start": start, "duration": duration}, dance)
