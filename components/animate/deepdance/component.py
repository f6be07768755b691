"""The Kubeflow face of animate / deepdance: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def deepdance(
    ensemble: Input[Artifact],
    scene: Input[Artifact],
    model: str,
    models: str,
    registry: str,
    weights: str,
    stack: Output[Artifact],
) -> None:
    """A learned person that follows an Ensemble: a LayerStack.

    Args:
        ensemble: folder of an Ensemble.
        scene: folder of a Scene.
        model: as in the stage's settings.
        models: as in the stage's settings.
        registry: as in the stage's settings.
        weights: as in the stage's settings.
        stack: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "components.animate.deepdance.stage",
        {"ensemble": ensemble.path, "scene": scene.path},
        {"model": model, "models": models, "registry": registry, "weights": weights},
        stack,
    )
