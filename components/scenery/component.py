"""The Kubeflow face of scenery: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def scenery(
    cast: Input[Artifact],
    dance: Input[Artifact],
    ensemble: Input[Artifact],
    background: str,
    width: int,
    height: int,
    scene: Output[Artifact],
) -> None:
    """A background and a place in it: a Scene.

    Args:
        cast: folder of a Cast.
        dance: folder of a Dance.
        ensemble: folder of a Ensemble.
        background: as in the stage's settings.
        width: as in the stage's settings.
        height: as in the stage's settings.
        scene: folder of the result.
    """
    from components.core.stage import run_component
    from components.media.delivery import brought

    with brought(background) as chosen:
        run_component(
            "components.scenery.stage",
            {"cast": cast.path, "dance": dance.path, "ensemble": ensemble.path},
            {"background": chosen, "width": width, "height": height},
            scene,
        )
