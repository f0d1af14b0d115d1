"""What is on the page: everything that it shows, as one bounded value that JSON can hold. Read this first."""

from typing import Any

from pyspark import StorageLevel

from brickyard.config import Config, config_digest
from brickyard.releases import Release
from brickyard.report.cells import semantic_cells
from brickyard.report.chains import chained_documents
from brickyard.report.frames import release_frames
from brickyard.report.funnel import funnel
from brickyard.report.groups import group_sizes
from brickyard.report.largest import largest_groups
from brickyard.report.near_pairs import connected_pairs
from brickyard.report.recall import measured_recall
from brickyard.report.sources import sources
from brickyard.report.thresholds import near_thresholds
from brickyard.storage import Warehouse

Numbers = dict[str, Any]


def gather_numbers(warehouse: Warehouse, release: Release, config: Config) -> Numbers:
    """All numbers and texts of a release's page; the tables are reduced in Spark, and no list grows with them."""
    frames = release_frames(warehouse, release)
    known = config_digest(config) == release.config_digest
    min_jaccard = config.near_duplicates.min_jaccard if known else None
    ngram = config.near_duplicates.ngram if known else None
    pairs = connected_pairs(frames, min_jaccard).persist(StorageLevel.DISK_ONLY)
    try:
        return {
            "release": _describe(release, known),
            "funnel": funnel(frames),
            "near": near_thresholds(pairs, min_jaccard),
            "groups": group_sizes(frames),
            "sources": sources(frames),
            "largest": largest_groups(frames),
            "chains": chained_documents(pairs, frames, ngram),
            "cells": semantic_cells(frames),
            "recall": measured_recall(warehouse, release),
        }
    finally:
        pairs.unpersist()


def _describe(release: Release, known: bool) -> Numbers:
    """`settings_known`: whether the configuration at hand is the one that the release was made with."""
    names = ("release_id", "previous_release_id", "batch_id", "code_version")
    published = release.published_at.isoformat(sep=" ", timespec="seconds")
    return {name: getattr(release, name) for name in names} | {"published_at": published, "settings_known": known}
