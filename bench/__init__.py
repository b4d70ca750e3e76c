"""The benchmarks: one table of ratios, each measured against something else in the same run, on the same cores.

`make bench` runs them; docs/performance.md says how to read them. Each file of `bench/claims` is one claim.
"""
