"""Ours beside a reference, in one run on one machine: `make bench`, or `python -m benchmarks NAME`."""
