"""Doing something in the middle of a run."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

MOMENTS = {
    "before its marks are cleared": ("analytics.warehouse.store.stale_days", "clear", "before"),
    "after its marks are cleared": ("analytics.warehouse.store.stale_days", "clear", "after"),
    "after its facts are counted": ("analytics.warehouse.store.facts", "_entries", "after"),
    "after its days are replaced": ("analytics.warehouse.store.summaries", "replace_days", "after"),
    "after all is folded": ("analytics.warehouse.store.summaries", "fold_upwards", "after"),
    "before it is committed": ("analytics.warehouse.store.generations", "advance", "after"),
}


def meanwhile(monkeypatch: Any, moment: str, act: Callable[[], Any]) -> list[Any]:
    """`act` is called at that moment of the next run, the first time it comes; what it gave is put into the list."""
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
