"""The Kubeflow face of express: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def express(
    dance: Input[Artifact],
    cast: Input[Artifact],
    ensemble: Input[Artifact],
    expression: float,
    lip_sync: str,
    faces: Output[Artifact],
) -> None:
    """Faces and voice of a Dance become FaceMotions of a Cast.

    Args:
        dance: folder of a Dance.
        cast: folder of a Cast.
        ensemble: folder of a Ensemble.
        expression: as in the stage's settings.
        lip_sync: as in the stage's settings.
        faces: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "components.express.stage",
        {"dance": dance.path, "cast": cast.path, "ensemble": ensemble.path},
        {"expression": expression, "lip_sync": lip_sync},
        faces,
    )
