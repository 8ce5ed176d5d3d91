"""Speed and size, as ratios against peers measured in the same run. `python -m benchmarks.NAME --help` says what each needs."""
