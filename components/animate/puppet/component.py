"""The Kubeflow face of animate / puppet: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def puppet(
    cast: Input[Artifact],
    ensemble: Input[Artifact],
    faces: Input[Artifact],
    scene: Input[Artifact],
    stack: Output[Artifact],
) -> None:
    """A Cast that follows an Ensemble: a LayerStack.

    Args:
        cast: folder of a Cast.
        ensemble: folder of a Ensemble.
        faces: folder of a FaceMotions.
        scene: folder of a Scene.
        stack: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "components.animate.puppet.stage",
        {"cast": cast.path, "ensemble": ensemble.path, "faces": faces.path, "scene": scene.path},
        {},
        stack,
    )
