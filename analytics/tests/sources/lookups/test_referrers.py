"""The names of well-known sites."""

import pytest

from analytics.sources.lookups import referrers
from analytics.sources.lookups.referrers import known_site
from analytics.sources.url_spelling import normal_host


def test_every_host_of_the_table_is_spelled_normally_and_stands_there_once():
    hosts = [
        host for text in referrers.SITES.values() for line in text.split("\n") for host in line.split(":")[-1].split()
    ]
    assert len(hosts) == len(set(hosts)) > 60
    assert [host for host in hosts if normal_host(host) != host] == []


@pytest.mark.parametrize("host", ["google.com", "www.google.co.jp", "google.com.br", "encrypted.google.com"])
def test_google_is_google_in_every_country(host):
    assert known_site(host).name == "Google"


@pytest.mark.parametrize("host", ["google.com.evil.example", "mygoogle.com", "google.example", "", "docs.google.com"])
def test_other_hosts_with_its_name_are_not_google(host):
    assert known_site(host) is None


def test_mail_and_search_of_one_company_have_different_media():
    assert known_site("mail.google.com").medium == "email" != known_site("www.google.com").medium
    assert known_site("de.search.yahoo.com").medium == "organic" and known_site("yahoo.com") is None
