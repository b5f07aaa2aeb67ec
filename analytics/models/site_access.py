"""Who may see which sites, and links to one view for people who have no login."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from analytics.models.site import Site

MAX_VIEW_NAME = 100


class SiteAccess(models.Model):
    """The sites that a user, or everyone in a group, may see. A user with such rows sees the sites of all of them and
    nothing else. A row without sites shows nothing."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="site_access"
    )
    group = models.ForeignKey(
        Group,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="site_access",
        help_text="to delete a group, delete its access first: its members may then see more",
    )
    sites = models.ManyToManyField(Site, blank=True, help_text="none: nothing is shown")

    class Meta:
        ordering = ("id",)
        verbose_name = verbose_name_plural = "site access"
        constraints = [
            models.CheckConstraint(
                name="site_access_is_for_a_user_or_a_group",
                condition=models.Q(user__isnull=True) ^ models.Q(group__isnull=True),
                violation_error_message="Choose a user or a group, not both.",
            ),
            models.UniqueConstraint(
                name="site_access_once_a_user", fields=["user"], condition=models.Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                name="site_access_once_a_group", fields=["group"], condition=models.Q(group__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"of the group {self.group}" if self.group else f"of {self.user}"


class SharedView(models.Model):
    """A link that shows the Blog views page under the filters it had when the link was made, and nothing else. Only the
    SHA-256 of its token is stored. It ends when it is revoked, when it expires, and with its creator."""

    name = models.CharField(max_length=MAX_VIEW_NAME)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    parameters = models.TextField(blank=True, default="", help_text="the query of the page's address")
    filters = models.JSONField(null=True, editable=False, help_text="what the parameters select, as a filter tree")
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shared_views")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="refused from then on; never unless given")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name
