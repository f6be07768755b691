"""TorchServe, for those who still run it: it was archived in August 2025. New servers: `serving.models`."""
