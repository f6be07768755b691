"""The exit handler of every pipeline: whatever became of the steps, it says so."""

from kfp import dsl


@dsl.component(base_image="troupe", install_kfp_package=False)
def report(status: dsl.PipelineTaskFinalStatus) -> None:
    """Say how a run ended: in the log, and to the server that asked for it.

    Args:
        status: what Kubeflow says about the steps.
    """
    from components.core.remote import Telling

    Telling().outcome(status.state, status.error_message or "")
