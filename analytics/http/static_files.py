from django.urls import get_script_prefix
from whitenoise.storage import CompressedStaticFilesStorage


class StaticFiles(CompressedStaticFilesStorage):
    """Static files whose links begin with the path under which a proxy serves this service, which a request says."""

    def url(self, name: str | None) -> str:
        return f"{get_script_prefix().rstrip('/')}{super().url(name)}"
