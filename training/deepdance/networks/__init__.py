"""The networks of DeepDance, as torch modules."""
