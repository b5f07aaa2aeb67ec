"""`python -m bench.child WHAT ARGUMENTS`: run one measurement and print its result as JSON."""

import importlib
import json
import sys

import django


def main(what: str, arguments: str) -> None:
    django.setup()
    result = importlib.import_module(f"bench.{what}").measure(**json.loads(arguments))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
