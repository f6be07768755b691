"""What is found in a photo or a reference, for people to look at and for runs to begin with."""
