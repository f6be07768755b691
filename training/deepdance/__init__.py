"""DeepDance: pose -> image of one particular person, learned from a video of that person."""

FAMILY_NAME = "deepdance"
