"""Users by their access tokens, of which the valid ones are remembered: to check a signature takes as long as to find a
kept answer."""

from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import aware_utcnow

from analytics.bounded_memory import BoundedMemory

MAX_TOKEN_BYTES = 1_000_000
"""The most bytes of tokens that a process remembers: some 4,000 tokens."""

_valid: BoundedMemory[Token] = BoundedMemory(MAX_TOKEN_BYTES)


class UserTokens(JWTStatelessUserAuthentication):
    """Authenticates users by access tokens. What makes a token valid lies in the token, so one that was valid stays so
    until it expires; that is checked each time."""

    def get_validated_token(self, raw_token: bytes) -> Token:
        if (token := _valid.find(raw_token)) is not None and not _has_expired(token):
            return token
        token = super().get_validated_token(raw_token)
        _valid.remember(raw_token, token, len(raw_token))
        return token


def forget() -> None:
    """Check the signature of each token again."""
    _valid.clear()


def _has_expired(token: Token) -> bool:
    try:
        token.check_exp(current_time=aware_utcnow())
    except TokenError:
        return True
    return False
