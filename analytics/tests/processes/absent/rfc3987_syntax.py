"""Make the package of this name absent from the processes that tests start, as it is from production.

A package that only tests need brings it, drf-yasg imports that one if it is there, and this one compiles a grammar for
a second when it is imported: in each process, before its first answer.
"""

raise ImportError(__doc__)
