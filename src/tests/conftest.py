"""Make Django absent: a module that imports it, directly or not, fails with ModuleNotFoundError."""

import sys

sys.modules.setdefault("django", None)  # type: ignore[arg-type]
