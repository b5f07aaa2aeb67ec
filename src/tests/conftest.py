"""Make Django absent: a module that imports it, directly or not, fails with ModuleNotFoundError.

A test has no deadline, because a loaded machine would miss it.
"""

import sys

from hypothesis import settings

sys.modules.setdefault("django", None)  # type: ignore[arg-type]
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
