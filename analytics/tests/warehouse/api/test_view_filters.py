"""From the parameters of the Blog views page to a filter tree."""

import pytest

from analytics.warehouse.api.filter_tree import BadCondition
from analytics.warehouse.api.view_filters import condition, filter_tree
from tally.where import EVERYTHING, And, Field, In, Not


def test_values_of_a_dimension_are_alternatives_and_dimensions_add_up():
    given = {"device": ["mobile", "tablet"], "site": ["a.example"], "not": ["US", "Unknown"], "range": ["week"]}
    assert condition(filter_tree(given)) == And(
        (
            In(Field.DEVICE, ("mobile", "tablet")),
            In(Field.SITE, ("a.example",)),
            Not(In(Field.COUNTRY, ("US", None))),
        )
    )


def test_every_dimension_has_a_parameter():
    numbers = {"blog": 5, "hour": 23, "weekday": 7}
    for field in Field:
        if field not in (Field.CATEGORY, Field.NAME, Field.SESSION):
            value = numbers.get(field.value, "Unknown")
            expected = numbers.get(field.value)
            assert condition(filter_tree({field.value: [str(value)]})) == In(field, (expected,))


def test_parameters_that_select_no_views_state_no_filter():
    assert filter_tree({"range": ["all"], "by": ["week"], "country": [""]}) is None
    assert condition(None) == EVERYTHING


@pytest.mark.parametrize("given", [{"blog": ["x"]}, {"hour": ["24"]}, {"weekday": ["Unknown"]}, {"blog": ["9" * 30]}])
def test_a_value_that_is_none_of_its_dimension_is_refused(given):
    with pytest.raises(BadCondition):
        filter_tree(given)
