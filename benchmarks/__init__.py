"""Repeatable measurements; README.md says how to read them."""
