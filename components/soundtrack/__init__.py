"""Beats -> sound: a small synthesised band that plays exactly on given beats."""
