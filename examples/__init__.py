"""Demos, one for each idea. From a checkout: `python -m examples.blame_game`, and `--help` says what each shows."""
