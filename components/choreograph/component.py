"""The Kubeflow face of choreograph: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def choreograph(
    dance: Input[Artifact],
    cast: Input[Artifact],
    performer: str,
    dancer: str,
    fps: float,
    body: str,
    ensemble: Output[Artifact],
) -> None:
    """A Dance and a Cast become an Ensemble: one choreography a performer.

    Args:
        dance: folder of a Dance.
        cast: folder of a Cast.
        performer: as in the stage's settings.
        dancer: as in the stage's settings.
        fps: as in the stage's settings.
        body: as in the stage's settings.
        ensemble: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "components.choreograph.stage",
        {"dance": dance.path, "cast": cast.path},
        {"performer": performer, "dancer": dancer, "fps": fps, "body": body},
        ensemble,
    )
