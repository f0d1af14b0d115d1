"""THE MAP: the stages in their order, what each reads and writes. Read this first.

    files -> records -> documents -> duplicate_pairs (near) -> embeddings -> duplicate_pairs (semantic)
          -> decisions -> token_sequences -> curated -> gate -> releases

Each stage is a function in `stages/` under its own name. After the last one the gate examines the written versions and
`releases.publish` points at them in one commit.
"""

from functools import partial

from pyspark.sql import DataFrame

from brickyard.batch import Batch, reading_of
from brickyard.config import Config
from brickyard.stage import Stage, Write
from brickyard.stages.curate import curate
from brickyard.stages.decide import decide
from brickyard.stages.embed import add_embeddings
from brickyard.stages.exact_duplicates import group_exact_duplicates
from brickyard.stages.near_duplicates import pair_near_duplicates
from brickyard.stages.read import read_files
from brickyard.stages.semantic_duplicates import pair_semantic_duplicates
from brickyard.stages.tokenise import add_tokens
from brickyard.tables import (
    CENTROIDS,
    CURATED,
    DECISIONS,
    DOCUMENTS,
    DUPLICATE_PAIRS,
    EMBEDDINGS,
    FILES,
    QUARANTINE,
    RECORDS,
    TOKEN_SEQUENCES,
)


def append(table) -> Write:
    return Write(table, "append")


def replace(table) -> Write:
    return Write(table, "overwrite")


def curation(config: Config, batch: Batch, files: DataFrame) -> tuple[Stage, ...]:
    """The stages of the main job for one batch; `files` are those of it that the warehouse does not hold yet."""
    read = partial(
        read_files,
        files=files,
        reading=reading_of(config.input),
        batch_id=batch.batch_id,
        fail_on_bad=config.input.on_bad_record == "fail",
    )
    return (
        Stage("read", (RECORDS,), (append(RECORDS), append(QUARANTINE), append(FILES)), read),
        Stage("exact_duplicates", (RECORDS,), (replace(DOCUMENTS),), group_exact_duplicates),
        Stage(
            "near_duplicates",
            (DOCUMENTS, RECORDS),
            (replace(DUPLICATE_PAIRS),),
            partial(pair_near_duplicates, config=config.near_duplicates),
        ),
        Stage(
            "embed",
            (DOCUMENTS, RECORDS, DUPLICATE_PAIRS),
            (replace(EMBEDDINGS),),
            partial(add_embeddings, config=config.embed),
        ),
        Stage(
            "semantic_duplicates",
            (EMBEDDINGS, DOCUMENTS),
            (append(DUPLICATE_PAIRS), replace(CENTROIDS)),
            partial(pair_semantic_duplicates, config=config.semantic_duplicates),
        ),
        Stage("decide", (RECORDS, DOCUMENTS, DUPLICATE_PAIRS), (replace(DECISIONS),), decide),
        Stage(
            "tokenise",
            (RECORDS, DECISIONS),
            (replace(TOKEN_SEQUENCES),),
            partial(add_tokens, config=config.tokenise, folder=f"{config.warehouse}/tokenizers"),
        ),
        Stage("curate", (RECORDS, DECISIONS, TOKEN_SEQUENCES), (replace(CURATED),), curate),
    )
