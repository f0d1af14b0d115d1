"""Faults to be put into the library on purpose, each with the tests that must notice."""

from typing import NamedTuple


class Sabotage(NamedTuple):
    """`old` occurs once in `file` (below pipelines/brickyard) and is replaced by `new`."""

    name: str
    file: str
    old: str
    new: str
    tests: str


SABOTAGES = (
    Sabotage("a dropped band", "text/minhash.py", "for band in range(bands):", "for band in range(bands - 1):",
             "tests/text/test_minhash.py"),
    Sabotage("an unverified pair", "graphs/verifying.py", "similar = similarity >= min_jaccard",
             "similar = similarity >= 0", "tests/stages/test_near_duplicates.py -k definition"),
    Sabotage("a chain", "graphs/representatives.py", "kept = chosen[earlier[pair]] < 0", "kept = True",
             "tests/graphs/test_representatives.py"),
    Sabotage("a lost record", "reading/lines.py", "    if buffer.length:\n",
             "    if buffer.length > 10**9:\n", "tests/reading/test_lines.py"),
    Sabotage("a shifted similarity", "text/shingles.py", "common / (size - common)", "common / (size - common + 1)",
             "tests/text/test_shingles.py"),
    Sabotage("a length bound that is too strict", "text/shingles.py", "/ 1e9 < min_jaccard",
             "/ 1e9 < min_jaccard + 0.1", "tests/stages/test_near_duplicates.py -k definition"),
    Sabotage("a weight of one for all", "stages/curate.py", '1 + F.coalesce("_more", F.lit(0))',
             '1 + 0 * F.coalesce("_more", F.lit(0))', "tests/stages/test_curate.py"),
    Sabotage("the shortest stands for the others", "graphs/representatives.py", "(doc_id, -char_count, -preference)",
             "(doc_id, char_count, -preference)", "tests/graphs/test_representatives.py"),
    Sabotage("a batch forgets the pairs before it", "stages/near_duplicates.py",
             "found.unionByName(known.join(found", "found.unionByName(known.limit(0).join(found",
             "tests/stages/test_near_incremental.py -k takes_over_or_batches"),
    Sabotage("what was taken down comes back", "stages/read.py", "if not tombstones.isEmpty():",
             "if False:", "tests/stages/test_read.py -k taken_down"),
    Sabotage("a gate that lets all pass", "expectations/gate.py", "    if failures:\n        raise",
             "    if not checks:\n        raise", "tests/test_gate.py"),
    Sabotage("white space at line ends matters", "text/normalise.py", '"\\n".join([line.rstrip()',
             '"\\n".join([line', "tests/text/test_normalise.py"),
    Sabotage("a vector that depends on the texts beside it", "vectors/models/onnx.py",
             "1 if is_quantised(folder) or depends_on_batch(network, tokenizer) else LARGEST_BATCH", "LARGEST_BATCH",
             "tests/vectors/models/test_onnx.py -k alone_and_among"),
    Sabotage("vectors of another model are taken over", "stages/embed.py", 'earlier.where(F.col("model") == model.name)',
             "earlier", "tests/stages/test_embed_models.py -k another_model"),
    Sabotage("equally frequent pairs in another order", "text/bpe.py", "entries[one, 1] < entries[other, 1]",
             "entries[one, 1] > entries[other, 1]", "tests/text/test_bpe.py"),
    Sabotage("white space before a word goes with the word", "text/pre_tokens.py",
             "return last if kind == SPACE and last > start else i", "return i", "tests/text/test_pre_tokens.py"),
    Sabotage("an empty commit is none", "log_checks.py", "if not actions:", "if actions is None:", "tests/test_log_checks.py"),
    Sabotage("Java may go on without a lock", "lock.py", "while channel.tryLock() is None:", "while False:",
             "tests/test_lock.py -k java"),
    Sabotage("a rival's commit is not noticed", "storage.py", "(commit.version, commit.attempt, commit.stage) != (expected,",
             "(expected, commit.attempt, commit.stage) != (expected,", "tests/test_fencing.py"),
    Sabotage("what a live release needs is deleted", "housekeeping.py", "kept = versions | {newest.version()}",
             "kept = {newest.version()}", "tests/test_maintain.py -k live_ones"),
)  # fmt: skip
