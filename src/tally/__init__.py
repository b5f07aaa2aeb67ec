"""The arithmetic of the warehouse: spans of days, counts of members by group, questions and their answers.

No Django, no clock, no settings, no I/O. Functions take and return numbers, dates and numpy arrays.
"""
