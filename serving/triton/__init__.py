"""What Triton needs to serve our models on a GPU: a model repository, written from contracts."""
