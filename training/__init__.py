"""The models that are trained here: data, networks, training, and how one comes to be served."""
