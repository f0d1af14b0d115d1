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
    Sabotage("an unverified pair", "stages/near_duplicates.py",
             'found = compared.where(F.col("similarity") >= config.min_jaccard)',
             'found = compared.where(F.col("similarity") >= 0)', "tests/stages/test_near_duplicates.py -k definition"),
    Sabotage("a chain", "graphs/representatives.py", "kept = chosen[earlier[pair]] < 0", "kept = True",
             "tests/graphs/test_representatives.py"),
    Sabotage("a lost record", "reading/lines.py", "    if buffer.length:\n",
             "    if buffer.length > 10**9:\n", "tests/reading/test_lines.py"),
    Sabotage("a shifted similarity", "text/shingles.py", "common / (size - common)", "common / (size - common + 1)",
             "tests/text/test_shingles.py"),
    Sabotage("a length bound that is too strict", "text/shingles.py", "/ 1e9 < min_jaccard",
             "/ 1e9 < min_jaccard + 0.1", "tests/text/test_shingles.py"),
    Sabotage("a weight of one for all", "stages/curate.py", '1 + F.coalesce("_more", F.lit(0))',
             '1 + 0 * F.coalesce("_more", F.lit(0))', "tests/stages/test_curate.py"),
    Sabotage("the shortest stands for the others", "graphs/representatives.py", "(doc_id, -char_count, -preference)",
             "(doc_id, char_count, -preference)", "tests/graphs/test_representatives.py"),
    Sabotage("a batch forgets the pairs before it", "stages/near_duplicates.py",
             "found.unionByName(known.join(now", "found.unionByName(known.limit(0).join(now",
             "tests/stages/test_near_incremental.py -k takes_over_or_batches"),
    Sabotage("what was taken down comes back", "stages/reading_tasks.py", "if not len(taken_down):",
             "if True:", "tests/stages/test_read.py -k taken_down"),
    Sabotage("a commit on whatever version there is", "storage.py", "json.dumps(words)}, max_commit_retries=0",
             "json.dumps(words)}, max_commit_retries=9", "tests/test_storage.py -k second"),
    Sabotage("old bands that a batch meets are left out", "graphs/candidates.py", "return slots[(values >> 12) &",
             "return slots[(values >> 13) &", "tests/stages/test_near_incremental.py -k takes_over_or_batches"),
    Sabotage("a repeated key that the gate overlooks", "expectations/keys.py", "len(np.unique(keys))", "len(keys)",
             "tests/test_gate.py"),
    Sabotage("copies of a kept document are kept too", "stages/decide.py", "copies > 1", "copies > 2",
             "tests/stages/test_decide.py"),
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
    Sabotage("a condition that calls Java", "conditions.py", '{"reflect", ', "{",
             "tests/security/test_injection.py -k condition"),
    Sabotage("a condition that reads other tables", "conditions.py", "part, _PLAN", "part, _FUNCTION",
             "tests/security/test_injection.py -k condition"),
    Sabotage("SQL text that reaches the environment", "spark-defaults.conf",
             "spark.sql.variable.substitute                 false", "spark.sql.variable.substitute  true",
             "tests/security/test_injection.py -k environment"),
    Sabotage("secrets in the log of events", "spark-defaults.conf", "(?i)secret|passw|", "(?i)",
             "tests/security/test_secrets.py"),
    Sabotage("a lease that looks the same after a renewal", "lease.py", '"renewals": self._renewals}', '"renewals": 0}',
             "tests/test_lease.py"),
    Sabotage("a lease that is taken over unconditionally", "lease.py", "mode: Any = version or",
             'mode: Any = "overwrite" if version else', "tests/test_lease.py"),
    Sabotage("keys among the arguments of Java", "session.py", "    if keys:", "    if False:",
             "tests/test_s3.py -k arguments"),
    Sabotage("a query on whatever was committed last", "logs.py", "return DeltaTable(location, version, storage",
             "return DeltaTable(location, None, storage", "tests/test_duck.py -k whatever_was_committed"),
    Sabotage("a service that can write", "confinement.py", "_call(_RESTRICT_SELF, ruleset, 0)", "os.fstat(ruleset)",
             "tests/test_confinement.py"),
    Sabotage("a value that ends its literal", "statements.py", 'code < 128 and (chr(code).isalnum() or chr(code) in " ._")',
             "code < 128", "tests/test_statements.py"),
    Sabotage("an empty commit is none", "log_checks.py", "if not actions:", "if actions is None:", "tests/test_log_checks.py"),
    Sabotage("Java may go on without a lock", "lock.py", "while channel.tryLock() is None:", "while False:",
             "tests/test_lock.py -k java"),
    Sabotage("what a live release needs is deleted", "housekeeping.py", "kept = versions | {newest.version()}",
             "kept = {newest.version()}", "tests/test_maintain.py -k live_ones"),
)  # fmt: skip
