"""The sites of a user who is signed in, by a token or a session."""

from typing import Any

from rest_framework.exceptions import AuthenticationFailed

from analytics.access.flow.decide_sites import UserGone, VisibleSites, sites_of_user


def sites_of(user: Any) -> VisibleSites:
    """Return the sites that a user may see now. Raise AuthenticationFailed, answered with 401, for one who is found to
    be gone."""
    try:
        return sites_of_user(int(user.pk))
    except UserGone as error:
        raise AuthenticationFailed("The user of this token is gone.", "user_not_found") from error
