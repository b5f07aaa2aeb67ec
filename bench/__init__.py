"""Measurements, each beside the plain way of doing the same over the same facts, in the same run.

`python -m bench` (or `make bench`) makes its own databases, fills them once, measures, checks that every way gives the
same answer, and writes the table of the README to bench/results/.
"""
