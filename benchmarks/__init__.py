"""Speed and memory, measured: `python -m benchmarks.run` and `python -m benchmarks.latency`; see docs/performance.md."""
