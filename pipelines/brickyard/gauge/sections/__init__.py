"""One part of the report per file; `gauge/plan.py` has them in their order."""
