"""Countries are unique by code."""

import pytest
from django.db import IntegrityError, transaction

from analytics.models import Country


def test_a_country_has_one_code_in_either_case(db):
    Country.objects.create(code="DE", name="Germany")
    with pytest.raises(IntegrityError), transaction.atomic():
        Country.objects.create(code="de", name="again")
