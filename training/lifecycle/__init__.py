"""The life of a model: evaluated, exported, registered, verified, promoted, rolled back."""
