"""The admin: what people may change by hand, and what they may only look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import JSONField, QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest

from analytics import clock
from analytics.models import (
    ApiKey,
    Application,
    Blog,
    BlogView,
    BotHits,
    Country,
    DailyAnalyticsSummary,
    DeadLetter,
    Domain,
    ErrorRecord,
    Event,
    EventSchema,
    Note,
    Page,
    SharedView,
    Site,
    SiteAccess,
    Upstream,
    Visit,
)


class LookOnly(admin.ModelAdmin):
    """An admin page without editing: collectors and roll-ups write the facts and the summaries."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(Blog)
class BlogAdmin(admin.ModelAdmin):
    list_display = ("title", "author", "url", "created_at")
    list_select_related = ("author",)
    search_fields = ("title", "url")
    raw_id_fields = ("author",)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return the number of views deleted with the blogs, not a list of them: there may be millions."""
        views = BlogView.objects.filter(blog__in=objs).count()
        return [*map(str, objs), f"{views} views"], {"blogs": len(objs), "blog views": views}, set(), []


@admin.register(BlogView)
class BlogViewAdmin(LookOnly):
    list_display = ("timestamp", "blog", "country", "viewer", "ip_address")
    list_select_related = ("blog", "country", "viewer")


@admin.register(DailyAnalyticsSummary)
class DailyAnalyticsSummaryAdmin(LookOnly):
    list_display = ("date", "country", "total_views", "unique_blogs")
    list_select_related = ("country",)
    list_filter = ("date",)
    exclude = ("layout", "ids")
    readonly_fields = ("blog_ids",)


class AnyJsonField(forms.JSONField):
    """A field for JSON that also refuses what Python's reader fails on: deep nesting, and numbers of many digits."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"Cannot be read: {error}") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)


@admin.register(EventSchema)
class RuleAdmin(admin.ModelAdmin):
    formfield_overrides = {JSONField: {"form_class": AnyJsonField}}
    list_display = ("category", "name")
    search_fields = ("category", "name")


@admin.register(Event)
class EventAdmin(LookOnly):
    list_display = ("timestamp", "session", "kind", "application")
    list_select_related = ("session", "kind", "application")


@admin.register(ErrorRecord)
class ErrorRecordAdmin(LookOnly):
    list_display = ("timestamp", "category", "name", "session_id", "field", "reason", "application")
    list_select_related = ("application",)
    search_fields = ("session_id", "category", "name")


@admin.register(DeadLetter)
class PoisonAdmin(LookOnly):
    """Deliveries that the inbox held and that could not be stored. Deleting a row gives its delivery up."""

    list_display = ("set_aside_at", "entry", "reason")
    exclude = ("payload",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(BotHits)
class BotHitsAdmin(LookOnly):
    list_display = ("day", "domain", "hits")
    list_filter = ("day",)


@admin.register(Site)
class SiteAdmin(LookOnly):
    """Collectors create sites. A site that is given an owner here has pages that become blogs by themselves."""

    list_display = ("host", "owner", "created_at")
    list_select_related = ("owner",)
    search_fields = ("host",)
    fields = ("host", "owner", "created_at", "blogs_created", "blogs_created_on")
    raw_id_fields = ("owner",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*(["host"] if obj else []), "created_at", "blogs_created", "blogs_created_on")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)


@admin.register(Page)
class PageAdmin(LookOnly):
    list_display = ("site", "path", "subject")
    list_select_related = ("site",)
    search_fields = ("path", "subject")


@admin.register(Visit)
class VisitAdmin(LookOnly):
    list_display = ("at", "page", "ip_address")
    list_select_related = ("page",)


class UpstreamForm(forms.ModelForm):
    """The form of an upstream service. The service's key can be entered and is never shown."""

    key = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="our key there; leave it empty to keep the one that is set",
    )

    def clean_key(self) -> str:
        entered: str = self.cleaned_data["key"] or self.instance.key
        return entered


@admin.register(Upstream)
class UpstreamAdmin(admin.ModelAdmin):
    form = UpstreamForm
    fields = ("host", "url", "key", "interval", "enabled", "status", "failure", "asked_at", "answered_at", "ask_after")
    readonly_fields = ("status", "failure", "asked_at", "answered_at", "ask_after")
    list_display = ("host", "url", "interval", "enabled", "status", "failure", "answered_at")


class DomainInline(admin.TabularInline):
    model = Domain
    extra = 1


class KeyInline(admin.TabularInline):
    """Keys are made by create_key, which shows them once; here their scopes and end change, or they are revoked."""

    model = ApiKey
    extra = 0
    fields = ("hint", "may_collect", "may_read", "may_query", "created_at", "expires_at", "revoked_at")
    readonly_fields = ("hint", "created_at")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Application)
class ApplicationAdmin(admin.ModelAdmin):
    list_display = ("name", "created_at")
    inlines = (DomainInline, KeyInline)


@admin.register(SiteAccess)
class SiteAccessAdmin(admin.ModelAdmin):
    """Which sites a user or a group may see. A row acts with the next request."""

    list_display = ("user", "group", "hosts")
    list_select_related = ("user", "group")
    autocomplete_fields = ("user", "sites")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SiteAccess]:
        found: QuerySet[SiteAccess] = super().get_queryset(request).prefetch_related("sites")
        return found

    @admin.display(description="sites")
    def hosts(self, access: SiteAccess) -> str:
        return ", ".join(site.host for site in access.sites.all()) or "none"


@admin.register(SharedView)
class SharedViewAdmin(LookOnly):
    """Links to single views. They are made on the dashboard, which shows each once; here they are revoked."""

    list_display = ("name", "creator", "parameters", "created_at", "expires_at", "revoked_at")
    list_select_related = ("creator",)
    fields = ("name", "creator", "parameters", "created_at", "expires_at", "revoked_at")
    readonly_fields = ("name", "creator", "parameters", "created_at")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    @admin.action(description="Revoke the selected links", permissions=["change"])
    def revoke(self, request: HttpRequest, links: QuerySet[SharedView]) -> None:
        count = links.filter(revoked_at=None).update(revoked_at=clock.now())
        self.message_user(request, f"Revoked: {count}.")


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):
    list_display = ("day", "text", "site", "author")
    list_select_related = ("site", "author")
    search_fields = ("text",)
    autocomplete_fields = ("site",)

    def save_model(self, request: HttpRequest, obj: Note, form: Any, change: bool) -> None:
        if not change:
            obj.author_id = request.user.pk
        super().save_model(request, obj, form, change)
