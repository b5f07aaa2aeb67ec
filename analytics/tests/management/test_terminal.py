"""Progress bars are drawn in place, without the colour of errors."""

from io import StringIO

from django.core.management.base import OutputWrapper

from analytics.management.terminal import PlainErrors


def test_parts_are_written_as_they_are():
    written = StringIO()
    errors = OutputWrapper(written)
    errors.style_func = lambda text: f"red {text}"
    plain = PlainErrors(errors)
    plain.write("\r10%")
    plain.write("\r20%")
    plain.flush()
    assert written.getvalue() == "\r10%\r20%" and not plain.isatty()
