"""Blogs: what is viewed."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from analytics.models.url_fields import PageUrlField
from analytics.sources.url_spelling import MAX_URL


class Blog(models.Model):
    title = models.CharField(max_length=300)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blogs")
    content = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    is_imported = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="whether import_views created it; its age is that of its first view",
    )
    url = PageUrlField(
        max_length=MAX_URL, blank=True, default="", help_text="host/path; a page view of it is a blog view"
    )

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(name="blog_url_once", fields=["url"], condition=~models.Q(url="")),
        ]

    def __str__(self) -> str:
        return self.title
