"""THE MAP: the stages in their order, what each reads and writes. Read this first.

    files -> records, signatures -> documents -> duplicate_pairs (near) -> embeddings -> duplicate_pairs (semantic)
          -> decisions -> token_sequences -> curated -> gate -> releases

Each stage is a function in `stages/` under its own name. After the last one the gate examines the written versions and
`releases.publish` points at them in one commit.
"""

import json
from functools import partial

from pyspark.sql import DataFrame

from brickyard.batch import Batch, reading_of
from brickyard.config import Config, settings_in_words
from brickyard.stage import Stage, Write
from brickyard.stages.arrange import arrange
from brickyard.stages.curate import curate
from brickyard.stages.decide import decide
from brickyard.stages.embed import add_embeddings, check_model
from brickyard.stages.exact_duplicates import group_exact_duplicates
from brickyard.stages.near_duplicates import pair_near_duplicates
from brickyard.stages.read import read_files
from brickyard.stages.semantic_updates import pair_semantic_duplicates
from brickyard.stages.take_down import regroup_documents, remove_records
from brickyard.stages.tokenise import add_tokens
from brickyard.tables import (
    CENTROIDS,
    CURATED,
    DECISIONS,
    DOCUMENTS,
    DUPLICATE_PAIRS,
    EMBEDDINGS,
    FILES,
    LAYOUTS,
    NEAR_MISSES,
    QUARANTINE,
    RECORDS,
    SIGNATURES,
    TOKEN_SEQUENCES,
    TOKENIZER_STATISTICS,
    TOMBSTONES,
    VECTOR_MODELS,
)


def append(table) -> Write:
    return Write(table, "append")


def replace(table) -> Write:
    return Write(table, "overwrite")


def delete(table) -> Write:
    return Write(table, "delete")


def must_start_over(configuration: str | None, config: Config) -> bool:
    """Whether the signatures and pairs of a release, made with `configuration`, do not serve the configured settings."""
    if configuration is None:
        return True
    before, now = json.loads(configuration), json.loads(settings_in_words(config))
    signing = ("ngram", "permutations", "bands")
    same = all(before["near_duplicates"][name] == now["near_duplicates"][name] for name in signing)
    lower = now["near_duplicates"]["min_jaccard"] < before["near_duplicates"]["min_jaccard"]
    return lower or not same or before["normalisation"] != now["normalisation"]


def same_vectors(configuration: str | None, config: Config) -> bool:
    """Whether vectors and semantic pairs of a release were made with the configured settings, but for when to refit."""
    if configuration is None:
        return False
    before, now = json.loads(configuration), json.loads(settings_in_words(config))
    for values in (before, now):
        values["semantic_duplicates"].pop("refit", None)
    return all(before[name] == now[name] for name in ("embed", "semantic_duplicates", "normalisation"))


def curation(config: Config, batch: Batch, files: DataFrame, first: bool, previous: str | None) -> tuple[Stage, ...]:
    """The stages of the main job for one batch; `files` are those of it that the warehouse does not hold yet.

    The `first` batch of a warehouse has nothing to be compared with. `previous` is the configuration of the release before.
    """
    start_over = must_start_over(previous, config)
    read = partial(
        read_files,
        files=files,
        reading=reading_of(config),
        near=config.near_duplicates,
        batch_id=batch.batch_id,
        fail_on_bad=config.input.on_bad_record == "fail",
        start_over=start_over and not first,
        folder=f"{config.warehouse}/{RECORDS.name}",
    )
    signatures = replace(SIGNATURES) if start_over else append(SIGNATURES)
    return (
        Stage(
            "read", (RECORDS, SIGNATURES, TOMBSTONES), (append(RECORDS), append(QUARANTINE), append(FILES), signatures), read
        ),
        Stage(
            "exact_duplicates",
            (RECORDS,),
            (replace(DOCUMENTS),),
            partial(group_exact_duplicates, batch_id=batch.batch_id, first=first),
            earlier=(DOCUMENTS,),
        ),
        Stage(
            "near_duplicates",
            (DOCUMENTS, RECORDS, SIGNATURES),
            (replace(DUPLICATE_PAIRS), replace(NEAR_MISSES)),
            partial(
                pair_near_duplicates,
                config=config.near_duplicates,
                batch_id=batch.batch_id,
                start_over=start_over,
            ),
            earlier=(DUPLICATE_PAIRS, NEAR_MISSES),
        ),
        *after_near_duplicates(config, previous),
    )


def decided_again(config: Config, previous: str | None) -> tuple[Stage, ...]:
    """The stages of a run at a higher threshold: choices from the stored pairs, then the later stages."""
    return (_near_again(config), *after_near_duplicates(config, previous))


def taken_down(config: Config, wanted: DataFrame, name: str, previous: str | None) -> tuple[Stage, ...]:
    """The stages that remove the records `wanted` (record_id) for good, and let others stand for their groups."""
    return (
        Stage(
            "take_down",
            (RECORDS, QUARANTINE),
            (append(TOMBSTONES), delete(RECORDS), replace(QUARANTINE)),
            partial(remove_records, wanted=wanted, name=name),
        ),
        Stage(
            "exact_duplicates",
            (RECORDS, TOMBSTONES),
            (replace(DOCUMENTS), delete(SIGNATURES)),
            partial(regroup_documents, name=name),
            earlier=(DOCUMENTS,),
        ),
        _near_again(config),
        *after_near_duplicates(config, previous),
    )


def arranged() -> tuple[Stage, ...]:
    """The stage that writes tables once more, with their rows sorted by what people filter on."""
    transform = partial(arrange, orders=tuple(LAYOUTS.values()))
    return (Stage("arrange", tuple(LAYOUTS), tuple(replace(table) for table in LAYOUTS), transform),)


def _near_again(config: Config) -> Stage:
    """Without a new document: no text is read, but for groups so large that their pairs are incomplete."""
    return Stage(
        "near_duplicates",
        (DOCUMENTS, RECORDS, SIGNATURES),
        (replace(DUPLICATE_PAIRS), replace(NEAR_MISSES)),
        partial(pair_near_duplicates, config=config.near_duplicates, batch_id="", start_over=False),
        earlier=(DUPLICATE_PAIRS, NEAR_MISSES),
    )


def after_near_duplicates(config: Config, previous: str | None) -> tuple[Stage, ...]:
    """The later stages, from the documents that are still kept to the table that people came for."""
    check_model(config.embed)
    same = same_vectors(previous, config)
    return (
        Stage(
            "embed",
            (DOCUMENTS, RECORDS, DUPLICATE_PAIRS),
            (replace(EMBEDDINGS), replace(VECTOR_MODELS)),
            partial(add_embeddings, config=config.embed, refit=config.semantic_duplicates.refit, same=same),
            earlier=(EMBEDDINGS, VECTOR_MODELS, CENTROIDS),
        ),
        Stage(
            "semantic_duplicates",
            (EMBEDDINGS, DOCUMENTS),
            (append(DUPLICATE_PAIRS), replace(CENTROIDS)),
            partial(pair_semantic_duplicates, config=config.semantic_duplicates, same=same),
            earlier=(DUPLICATE_PAIRS, EMBEDDINGS, CENTROIDS),
        ),
        Stage("decide", (RECORDS, DOCUMENTS, DUPLICATE_PAIRS), (replace(DECISIONS),), decide),
        Stage(
            "tokenise",
            (RECORDS, DECISIONS),
            (replace(TOKEN_SEQUENCES),),
            partial(add_tokens, config=config.tokenise, folder=f"{config.warehouse}/tokenizers"),
        ),
        Stage(
            "curate",
            (RECORDS, DECISIONS, TOKEN_SEQUENCES),
            (replace(CURATED), replace(TOKENIZER_STATISTICS)),
            partial(curate, folder=f"{config.warehouse}/tokenizers"),
        ),
    )
