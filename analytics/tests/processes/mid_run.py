"""Do something in the middle of a roll-up."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

MOMENTS = {
    "before its marks are cleared": ("analytics.warehouse.store.stale_days", "clear", "before"),
    "after its marks are cleared": ("analytics.warehouse.store.stale_days", "clear", "after"),
    "after its facts are counted": ("analytics.warehouse.flow.count_facts", "_neighbours", "after"),
    "after its days are replaced": ("analytics.warehouse.store.summaries", "replace_days", "after"),
    "after all is folded": ("analytics.warehouse.store.summaries", "fold", "after"),
    "before it is committed": ("analytics.warehouse.store.generations", "advance", "after"),
}


def during_run(monkeypatch: Any, moment: str, act: Callable[[], Any]) -> list[Any]:
    """Call `act` once, at that moment of the next run. Return a list that receives its result."""
    module, name, side = MOMENTS[moment]
    left, given = [act], []
    original = getattr(import_module(module), name)

    def once() -> None:
        if left:
            given.append(left.pop()())

    def replaced(*arguments: Any, **options: Any) -> Any:
        if side == "before":
            once()
        result = original(*arguments, **options)
        if side == "after":
            once()
        return result

    monkeypatch.setattr(f"{module}.{name}", replaced)
    return given
