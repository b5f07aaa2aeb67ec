"""`python -m analytics.tests.processes.killed_command MODULE FUNCTION COMMAND ...` runs a command, and kills itself
with SIGKILL at the end of the first call of that function."""

import sys

from analytics.tests.processes.killed_after import die_after


def main(module: str, path: str, *command: str) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    die_after(module, path, 1)
    call_command(*command)


if __name__ == "__main__":
    main(*sys.argv[1:])
