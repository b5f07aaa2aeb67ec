"""The commands of `manage.py`. Each parses its arguments, calls a flow and says in one line what was done."""
