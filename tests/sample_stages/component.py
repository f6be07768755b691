"""The Kubeflow face of the tests' writing stage."""

from kfp import dsl
from kfp.dsl import Artifact, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def sample_stages_write(source: str, text: Output[Artifact], tail: str = "") -> None:
    """Text becomes a Still whose file holds it.

    Args:
        source: the text.
        text: folder of the result.
        tail: what is put after it.
    """
    from components.core.stage import run_component

    run_component("tests.sample_stages.write", {"source": source}, {"tail": tail}, text)
