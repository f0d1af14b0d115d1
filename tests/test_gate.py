"""The gate: every expectation can fail, and a sound release fails none."""

import copy
import math

import pytest
from brickyard.config import Gate
from brickyard.errors import GateFailed
from brickyard.expectations import gate
from brickyard.expectations.gate import Check, examine, refuse_failures
from brickyard.expectations.suites import SUITES
from brickyard.tables import RELEASED

from tests.tiny import frame_of

TABLES = {table.name: table for table in RELEASED}
TEXT = "words that no result of the gate may show"


def record(name, doc_id):
    return {"record_id": name, "doc_id": doc_id, "source": "s", "byte_length": 9, "text": f"{TEXT} {name}"}


def decision(name, doc_id, final, reason=None, stage="near_duplicates", similarity=None):
    verdict = {"kept": reason is None, "reason": reason, "stage": stage if reason else None, "similarity": similarity}
    return {"record_id": name, "doc_id": doc_id, "final_representative_id": final, **verdict}


def document(name, characters):
    return {"doc_id": name, "copies": 1, "char_count": characters}


SOUND = {
    "records": [record(f"r{i}", doc_id) for i, doc_id in enumerate("aabecd")],
    "quarantine": [{"source": "s", "uri": f"u{i}", "position": 0, "reason": "bad_utf8", "head": "00"} for i in range(3)],
    "files": [{"source": "s", "uri": "u", "records": 7, "quarantined": 3}],
    "documents": [document("a", 9) | {"copies": 2}, document("b", 9), document("e", 0), document("c", 9), document("d", 9)],
    "decisions": [
        decision("r0", "a", "a"),
        decision("r1", "a", "a", "exact_duplicate", similarity=1.0),
        decision("r2", "b", "a", "near_duplicate", similarity=0.8),
        decision("r3", "e", None, "empty_text"),
        decision("r4", "c", "c"),
        decision("r5", "d", "c", "semantic_duplicate", similarity=0.98),
    ],
    "duplicate_pairs": [
        {"doc_id": "b", "other_id": "a", "kind": "near", "similarity": 0.8},
        {"doc_id": "d", "other_id": "c", "kind": "semantic", "similarity": 0.98},
        {"doc_id": "d", "other_id": "a", "kind": "semantic", "similarity": 0.97},
    ],
    "near_misses": [{"doc_id": "c", "other_id": "a", "similarity": 0.65}],
    "tombstones": [{"record_id": "r9", "doc_id": "z"}],
    "centroids": [],
    "embeddings": [{"doc_id": name, "model": "m", "vector": [1.0, 0.0]} for name in "acd"],
    "token_sequences": [{"doc_id": name, "tokenizer": "t", "token_ids": [1, 2], "token_count": 2} for name in "ac"],
    "tokenizer_statistics": [{"tokenizer": "t", "source": "s"}],
    "curated": [{"doc_id": "a", "text": TEXT, "weight": 3}, {"doc_id": "c", "text": TEXT, "weight": 2}],
}
LENIENT = Gate(max_group_share=0.5)


def failures_of(spark, rows, config=LENIENT):
    checks = examine({name: frame_of(spark, TABLES[name], values) for name, values in rows.items()}, config)
    assert TEXT not in repr(checks)
    return {f"{check.table}: {check.expectation.split()[0]}" for check in checks if not check.success}


def change(table, index, **values):
    """A row of a table with other values."""
    return lambda rows: rows[table][index].update(values)


def repeat(table, index):
    """A row of a table twice."""
    return lambda rows: rows[table].append(dict(rows[table][index]))


def remove(table, index):
    """A row of a table less."""
    return lambda rows: rows[table].pop(index)


# What is done to a sound release -> exactly the expectations that fail. Those of one group touch different statistics.
GROUPS = {
    "keys repeated": {
        repeat("records", 0): {"records: repeated_keys", "release: records_missing_from_files"},
        repeat("documents", 1): {"documents: repeated_keys"},
        repeat("decisions", 1): {"decisions: repeated_keys"},
        repeat("duplicate_pairs", 0): {"duplicate_pairs: repeated_keys"},
        repeat("tombstones", 0): {"tombstones: repeated_keys"},
        repeat("near_misses", 0): {"near_misses: repeated_keys"},
        repeat("embeddings", 0): {"embeddings: repeated_keys"},
        repeat("token_sequences", 0): {"token_sequences: repeated_keys"},
        repeat("tokenizer_statistics", 0): {"tokenizer_statistics: repeated_keys"},
        repeat("curated", 1): {"curated: repeated_keys", "release: kept_missing_from_curated", "release: weights_missing"},
    },
    "keys missing": {
        change("records", 1, record_id=None): {
            "records: null_keys", "release: records_without_decision", "release: decisions_without_record",
        },
        change("quarantine", 0, uri=None): {"quarantine: null_keys"},
        change("documents", 0, doc_id=None): {"documents: null_keys"},
        change("decisions", 2, record_id=None): {"decisions: null_keys"},
        change("duplicate_pairs", 0, kind=None): {"duplicate_pairs: null_keys"},
        change("near_misses", 0, other_id=None): {"near_misses: null_keys"},
        change("tombstones", 0, record_id=None): {"tombstones: null_keys"},
        change("embeddings", 0, model=None): {"embeddings: null_keys"},
        change("token_sequences", 0, doc_id=None): {"token_sequences: null_keys"},
        change("tokenizer_statistics", 0, source=None): {"tokenizer_statistics: null_keys"},
        change("curated", 1, doc_id=None): {"curated: null_keys", "release: representatives_not_curated"},
    },
    "values out of range": {
        change("records", 0, byte_length=-1): {"records: least_byte_length"},
        change("quarantine", 0, reason="bored"): {"quarantine: unknown_reasons"},
        change("quarantine", 1, head="0" * 402): {"quarantine: heads_over_200_bytes"},
        change("documents", 2, copies=0): {"documents: least_copies", "release: records_missing_from_documents"},
        change("records", 1, source=None): {"records: null_sources"},
        change("documents", 1, char_count=-99): {"documents: least_char_count", "release: mean_char_count"},
        change("decisions", 2, similarity=-1.5): {"decisions: least_similarity"},
        change("decisions", 5, similarity=1.5): {"decisions: largest_similarity"},
        change("duplicate_pairs", 0, similarity=-1.1): {"duplicate_pairs: least_similarity"},
        change("duplicate_pairs", 1, similarity=1.1): {"duplicate_pairs: largest_similarity"},
        change("duplicate_pairs", 2, other_id="d"): {"duplicate_pairs: paired_with_itself"},
        change("embeddings", 0, vector=[1.0, 0.0, 0.0]): {"embeddings: other_dimensions"},
        change("embeddings", 0, model="another"): {"embeddings: other_models"},
        change("token_sequences", 0, token_count=3): {"token_sequences: wrong_counts"},
        change("curated", 0, text=""): {"curated: empty_texts"},
        change("curated", 1, weight=0): {"curated: least_weight", "release: weights_missing"},
    },
    "verdicts that contradict themselves": {
        change("decisions", 0, reason="empty_text"): {"decisions: kept_with_reason"},
        change("decisions", 1, reason=None): {"decisions: dropped_without_reason"},
        change("decisions", 2, reason="bored"): {"decisions: unknown_reasons"},
        change("decisions", 5, final_representative_id=None): {
            "decisions: dropped_without_representative", "release: weights_missing",
        },
    },
    "files that do not add up": {
        change("files", 0, records=8, quarantined=2): {
            "release: records_missing_from_files", "release: quarantine_missing_from_files",
        },
        remove("decisions", 1): {"release: records_without_decision"},
    },
    "a verdict on no record": {change("decisions", 1, record_id="x"): {
        "release: decisions_without_record", "release: records_without_decision",
    }},
    "a representative that is not there": {
        change("decisions", 1, final_representative_id="x"): {"release: representatives_not_curated"},
    },
    "a kept document that is not there": {
        change("decisions", 2, kept=True, reason=None, stage=None): {"release: kept_missing_from_curated"},
    },
}  # fmt: skip
SETTINGS = {
    "records: rows": {"min_records": 7},
    "release: largest_near_share_of_a_source": {"max_near_share": 0.15},
    "release: largest_semantic_share_of_a_source": {"max_semantic_share": 0.15},
    "release: largest_group_share": {"max_group_share": 0.49},
}


def test_a_sound_release_fails_nothing(spark):
    assert failures_of(spark, SOUND) == set()


@pytest.mark.parametrize("group", GROUPS)
def test_a_corrupt_release_fails_exactly_the_expectations_that_name_the_fault(spark, group):
    rows = copy.deepcopy(SOUND)
    for corrupt in GROUPS[group]:
        corrupt(rows)
    assert failures_of(spark, rows) == set().union(*GROUPS[group].values())


def test_each_setting_can_fail(spark):
    strict = Gate(**{name: value for setting in SETTINGS.values() for name, value in setting.items()})
    assert failures_of(spark, SOUND, strict) == set(SETTINGS)


def test_every_expectation_is_made_to_fail_here():
    failed = {name for group in GROUPS.values() for names in group.values() for name in names} | set(SETTINGS)
    assert failed == {f"{table}: {one.statistic}" for table, suite in SUITES.items() for one in suite}


@pytest.mark.parametrize("nothing", [None, math.nan])
def test_a_statistic_that_is_missing_or_not_a_number_fails(monkeypatch, nothing):
    sound = {table: {one.statistic: one.minimum if isinstance(one.minimum, int) else 1.0 for one in suite}
             for table, suite in SUITES.items()}  # fmt: skip
    sound["release"] |= {"largest_near_share_of_a_source": 0.1}
    sound["release"] |= {"largest_semantic_share_of_a_source": nothing, "largest_group_share": 0.1}
    sound["curated"]["least_weight"] = nothing
    monkeypatch.setattr(gate, "measure", lambda frames: sound)
    monkeypatch.setattr(gate, "add_balances", lambda values: values)
    checks = examine({}, LENIENT)
    failed = {(check.table, check.expectation) for check in checks if not check.success}
    assert failed == {("curated", "least_weight >= 1"), ("release", "largest_semantic_share_of_a_source <= 0.2")}


def test_without_records_the_gate_fails_unless_none_are_asked_for(spark):
    nothing = {name: [] for name in SOUND}
    assert failures_of(spark, nothing) == {"records: rows"}
    assert failures_of(spark, nothing, Gate(min_records=0)) == set()


def test_the_error_names_each_failed_expectation_and_the_value_found():
    checks = [
        Check("records", "rows >= 5", False, 3.0),
        Check("files", "x = 0", True, 0.0),
        Check("curated", "y = 0", False, None),
    ]
    with pytest.raises(GateFailed) as failure:
        refuse_failures(checks)
    assert "records: expected rows >= 5, observed 3.0" in str(failure.value)
    assert "curated: expected y = 0, observed None" in str(failure.value)
    assert "x = 0" not in str(failure.value)
    assert failure.value.exit_code == 4


def test_without_failures_nothing_is_refused():
    refuse_failures([Check("records", "rows >= 5", True, 5.0)])
