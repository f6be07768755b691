"""The only room that runs a learned model: contracts, weights, runners, and what they see in a picture."""
