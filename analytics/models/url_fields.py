"""Columns that hold hosts and URLs of pages: the ORM saves each in its one spelling, and asks for it so."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from analytics.sources.url_spelling import BadUrl, normal_host, normal_page_url

if TYPE_CHECKING:
    TextColumn = models.CharField[str, str]
else:
    TextColumn = models.CharField


class SpelledField(TextColumn):
    """A text that is stored in its one spelling. Saving a text without one raises ValidationError; a query for such a
    text finds nothing."""

    @staticmethod
    def spell(text: str) -> str:
        """Return the text in its one spelling, or raise BadUrl."""
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not isinstance(text, str) or text in self.empty_values:
            return text
        try:
            return self.spell(text)
        except BadUrl as error:
            raise ValidationError(str(error)) from error

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = getattr(instance, self.attname)
        if isinstance(value, str):
            value = self._to_stored(value)
            setattr(instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        return super().get_db_prep_save(self._to_stored(value) if isinstance(value, str) else value, connection)

    def get_prep_value(self, value: Any) -> Any:
        try:
            return super().get_prep_value(value)
        except ValidationError:
            return value

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Describe the column to migrations as what it is in the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def _to_stored(self, text: str) -> Any:
        spelled = self.to_python(text)
        if self.max_length and len(spelled) > self.max_length:
            raise ValidationError(f"{self.name}: longer than {self.max_length} characters in its one spelling.")
        return spelled


class HostField(SpelledField):
    """A host: in lower case, IDNA, without port and trailing dot."""

    spell = staticmethod(normal_host)


class PageUrlField(SpelledField):
    """The `host/path` of a page. A whole URL may be given."""

    spell = staticmethod(normal_page_url)
