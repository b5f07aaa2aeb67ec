"""Measurements. Each runs beside the plain way of doing the same over the same facts, in the same run.

`python -m bench` (or `make bench`) creates databases of its own, fills them once, checks that every way gives the same
answer, measures, and writes the tables of docs/benchmarks.md to bench/results/.
"""
