"""The refusal of what can be done in a moment. Commands raise it too, so nothing of the REST framework is here."""


class TryAgainLater(Exception):
    """The service cannot accept this request now but can in a moment: answered with 503 and Retry-After."""
