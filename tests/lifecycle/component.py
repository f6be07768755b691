"""The Kubeflow faces of the tests' own family."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_small_dataset(source: str, dataset: Output[Artifact]) -> None:
    """Text becomes a Prepared.

    Args:
        source: names the data.
        dataset: folder of the result.
    """
    from components.core.stage import run_component

    run_component("tests.lifecycle.small_dataset", {"source": source}, {}, dataset)


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_small_train(dataset: Input[Artifact], noise: float, trained: Output[Artifact]) -> None:
    """A Prepared becomes a Trained.

    Args:
        dataset: folder of a Prepared.
        noise: as in the stage's settings.
        trained: folder of the result.
    """
    from components.core.stage import run_component

    run_component("tests.lifecycle.small_train", {"dataset": dataset.path}, {"noise": noise}, trained)
