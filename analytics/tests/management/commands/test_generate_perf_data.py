"""The data for benchmarks are the same each time."""

import pytest

from analytics.models import Blog, BlogView
from analytics.tests.management.commands.conftest import output_of

pytestmark = pytest.mark.django_db


def test_data_for_benchmarks_are_always_the_same():
    assert "Added 60 views of 6 blogs" in output_of("generate_perf_data", blogs=6, views=60)
    first = sorted(BlogView.objects.values_list("blog__url", "timestamp"))
    BlogView.objects.all().delete()
    output_of("generate_perf_data", blogs=6, views=60)
    assert sorted(BlogView.objects.values_list("blog__url", "timestamp")) == first
    assert Blog.objects.count() == 6
