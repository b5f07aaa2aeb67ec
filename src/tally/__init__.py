"""The arithmetic of the warehouse: spans of days, counts per blog, questions and their answers.

No Django, no clock, no settings, no I/O. Numbers and numpy arrays in, numbers and numpy arrays out.
"""
