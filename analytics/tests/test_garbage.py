"""A server leaves what it has loaded out of its collections of garbage."""

from analytics.tests.processes.other_process import result_of, start

COUNT = """
import gc, sys, ideeza.wsgi
print(gc.get_freeze_count(), "analytics.warehouse.api.views" in sys.modules)
"""


def test_a_server_loads_its_views_and_leaves_them_out_before_the_first_request():
    code, said, errors = result_of(start("-c", COUNT, url="sqlite://"))
    assert code == 0, errors
    left_out, loaded = said.split()
    assert (int(left_out) > 50_000, loaded) == (True, "True")
