"""The lock of a warehouse on S3, on obstore's store in memory: conditional writes as on S3, which tests/cluster uses."""

import json
from itertools import count

import obstore
import pytest
from brickyard import lease as module
from brickyard.errors import ConfigError, ConflictError
from brickyard.lease import lease
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

KEY = "w/.lock"

LONG_AGO = -10.0
"""The length of a lease that has run out as soon as it is written: for who looks with it, the holder is dead."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict:
    """The holder's clock, to be set by hand; renewals by the thread never come."""
    time = {"now": 0.0}
    monkeypatch.setattr(module, "_now", lambda: time["now"])
    monkeypatch.setattr(module, "_RENEWALS", 0.001)
    return time


def body(store: MemoryStore) -> dict:
    return json.loads(bytes(obstore.get(store, KEY).bytes()))


def test_a_second_run_is_told_who_holds_the_lease_and_how_long() -> None:
    store = MemoryStore()
    with (
        lease(store, KEY, "first"),
        pytest.raises(ConflictError, match=r'"first".* runs out in 12\d s') as caught,
        lease(store, KEY, "second"),
    ):
        pytest.fail("two runs hold one warehouse")
    assert caught.value.exit_code == 5


def test_the_next_run_gets_it_at_once_after_an_end() -> None:
    store = MemoryStore()
    with lease(store, KEY, "first"):
        pass
    with lease(store, KEY, "second"):
        assert body(store)["run_id"] == "second"


def test_a_refused_run_leaves_nothing_behind() -> None:
    store = MemoryStore()
    with lease(store, KEY, "first"):
        before = body(store)
        with pytest.raises(ConflictError), lease(store, KEY, "second"):
            pytest.fail("two runs hold one warehouse")
        assert body(store) == before
    assert [entry["path"] for entry in obstore.list(store).collect()] == [KEY]


def test_a_lease_that_was_not_renewed_is_taken_over_and_its_holder_stops(clock) -> None:
    store = MemoryStore()
    with lease(store, KEY, "dead") as dead, lease(store, KEY, "next", LONG_AGO):
        dead.renew()
        with pytest.raises(ConflictError, match="another run may have taken over"):
            dead.check()
        assert body(store)["run_id"] == "next"
    assert (body(store)["run_id"], body(store)["released"]) == ("next", True)


def test_a_holder_that_cannot_renew_stops_before_others_may_take_over(clock) -> None:
    with lease(MemoryStore(), KEY, "frozen", seconds=60) as held:
        clock["now"] = 59.9
        held.check()
        clock["now"] = 60.0
        with pytest.raises(ConflictError, match="60 s"):
            held.check()
        held.renew()  # nobody came meanwhile
        held.check()


def test_renewing_changes_the_version_so_that_nobody_takes_over_a_lease_that_was_renewed(clock) -> None:
    store = MemoryStore()
    with lease(store, KEY, "holder") as held:
        bodies = [body(store)]
        for _ in range(3):
            held.renew()
            bodies.append(body(store))
    assert len({json.dumps(one) for one in bodies}) == 4  # ETags are digests of bodies


def test_an_answer_that_was_lost_loses_no_lease(clock) -> None:
    store = MemoryStore()
    with lease(store, KEY, "holder") as held:
        obstore.put(store, KEY, json.dumps({"run_id": "holder", "renewals": 7}).encode())  # ours, but its answer got lost
        held.renew()
        held.check()
        assert body(store)["renewals"] == 1  # written anew: by its age others tell whether the holder lives
        held.renew()
        assert body(store)["renewals"] == 2


def test_a_lease_that_ran_out_is_not_revived_by_looking_at_it(clock, monkeypatch) -> None:
    store, put = MemoryStore(), module._put
    with lease(store, KEY, "holder", seconds=60) as held:
        obstore.put(store, KEY, json.dumps({"run_id": "holder", "renewals": 7}).encode())  # the answer to this got lost
        clock["now"] = 100.0
        turns = count()

        def once(*words):
            if next(turns):
                raise GenericError("out of reach")
            return put(*words)

        monkeypatch.setattr(module, "_put", once)
        held.renew()  # refused; then seen to be ours, but not written again
        with pytest.raises(ConflictError, match="lost its hold"):
            held.check()


def test_the_time_that_acquiring_took_is_part_of_the_lease(clock, monkeypatch) -> None:
    acquire = module._acquire

    def slow(*words):
        clock["now"] += 50
        return acquire(*words)

    monkeypatch.setattr(module, "_acquire", slow)
    with lease(MemoryStore(), KEY, "holder", seconds=60) as held:
        clock["now"] = 60.0
        with pytest.raises(ConflictError):
            held.check()


def test_a_take_over_of_which_the_answer_was_lost_is_ones_own(clock, monkeypatch) -> None:
    store, put, turns = MemoryStore(), module._put, count()
    with lease(store, KEY, "dead"):

        def lost(store, key, content, version):
            """Written, but the client did not hear of it, and asked again."""
            if version and next(turns) == 0:
                put(store, key, content, version)
            return put(store, key, content, version)

        monkeypatch.setattr(module, "_put", lost)
        with lease(store, KEY, "next", LONG_AGO):
            assert body(store)["run_id"] == "next"


def test_of_many_that_find_a_dead_holder_one_gets_it(clock, monkeypatch) -> None:
    store, turns = MemoryStore(), count()
    with lease(store, KEY, "dead"):
        put = module._put

        def late(store, key, content, version):
            """Another run is faster, between our reading and our writing."""
            if version and next(turns) == 0:
                put(store, key, {"run_id": "faster", "renewals": 0}, version)
            return put(store, key, content, version)

        monkeypatch.setattr(module, "_put", late)
        with pytest.raises(ConflictError, match="faster"), lease(store, KEY, "slower", LONG_AGO):
            pytest.fail("two runs hold one warehouse")


def test_a_store_that_ignores_conditions_is_refused(monkeypatch) -> None:
    put = obstore.put
    monkeypatch.setattr(module.obstore, "put", lambda store, key, content, mode: put(store, key, content))
    with pytest.raises(ConfigError, match="If-None-Match"), lease(MemoryStore(), KEY, "run"):
        pytest.fail("two runs could hold one warehouse")


def test_the_thread_renews_until_the_end(monkeypatch) -> None:
    monkeypatch.setattr(module, "_RENEWALS", 12_000)
    store = MemoryStore()
    with lease(store, KEY, "holder") as held:
        while body(store)["renewals"] < 3:
            held.check()
