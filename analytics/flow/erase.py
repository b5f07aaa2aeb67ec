"""Forgetting a person. The days that change are stale afterwards, like any others."""

from analytics.store import facts


def erase_viewer(username: str) -> int:
    """Deletes the views of a signed-in viewer; how many there were."""
    return facts.erase_viewer(username)


def erase_address(address: str) -> int:
    """Deletes the views from exactly this address; how many there were. One that was kept cut short is nobody's."""
    return facts.erase_address(address)
